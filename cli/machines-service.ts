import { isThisMachine } from "../base/network";
import { BootServiceClient } from "../bare-metal/boot/client";
import { UsageError } from "./failure";

/** How the boot service is spoken to. */
export interface ServiceAccess {
  /** Pin of its key, for https. */
  pin?: string;
  /** Whether the token may cross a network in plain text. Default: to this machine alone. */
  plainHttp?: true;
}

/**
 * The boot service at a URL, for its administrator.
 * @throws {UsageError} if that is no URL, or the token would be seen on its way
 */
export function bootServiceAt(
  url: string,
  token: string,
  { pin, plainHttp }: ServiceAccess,
): BootServiceClient {
  const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: "", hostname: "" };
  if (!["http:", "https:"].includes(protocol))
    throw new UsageError(`--boot: ${url} is no URL; give one such as https://10.1.0.1:8443`);
  if (protocol === "http:" && !plainHttp && !isThisMachine(hostname)) {
    throw new UsageError(
      `${url}: the boot token would cross the network in plain text; give --boot https://... and --pin ` +
        "(`url` and `pin` of the site's output bootService), write services.boot.tls in the inventory, or give " +
        "--plain-http where nobody else can listen",
    );
  }
  return new BootServiceClient({ url, token, pin });
}
