import { labelOf } from "../bmc/shared";

/** Stands for the BMC itself: a link is asked of the BMC that gave it, whatever host it names. */
const SELF = "https://bmc.invalid";

/** Path and query of a link to a resource of the same BMC, or undefined if it leads nowhere in its Redfish service. */
export function localPath(link: string): string | undefined {
  if (!URL.canParse(link, SELF)) return undefined;
  const { pathname, search } = new URL(link, SELF);
  return pathname.startsWith("/redfish/") && link.length <= 2_000 ? `${pathname}${search}` : undefined;
}

/** Whether a redirection stays at that host and port. */
export function staysAt(location: string, path: string, host: string, port: number): boolean {
  const self = `https://${labelOf(host, port)}`;
  if (!URL.canParse(location, `${self}${path}`)) return false;
  return new URL(location, `${self}${path}`).origin === new URL(self).origin;
}
