import { networkInterfaces } from "node:os";

/**
 * Whether a host is this machine, so that what is sent there crosses no network: loopback (RFC 6890: 127.0.0.0/8, ::1),
 * and the addresses of its interfaces. Other names than `localhost` are not resolved.
 */
export function isThisMachine(host: string, interfaces = networkInterfaces()): boolean {
  const address = host.replace(/^\[(.*)\]$/, "$1");
  if (address === "localhost" || address === "::1") return true;
  if (ipv4ToNumber(address) !== undefined && address.startsWith("127.")) return true;
  return Object.values(interfaces).some((found) => found?.some((one) => one.address === address));
}

/** An IPv4 address as an unsigned 32-bit number, or undefined if the text is none. */
export function ipv4ToNumber(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((p) => /^\d{1,3}$/.test(p) && Number(p) <= 255)) return undefined;
  return parts.reduce((n, p) => n * 256 + Number(p), 0);
}

/** The address of an unsigned 32-bit number. */
export function numberToIpv4(n: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join(".");
}

/** First and last address of an IPv4 network in CIDR notation (RFC 4632), or undefined if the text is none. */
export function cidrRange(cidr: string): readonly [first: number, last: number] | undefined {
  const [address = "", bits = ""] = cidr.split("/");
  const start = ipv4ToNumber(address);
  if (start === undefined || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) return undefined;
  const size = 2 ** (32 - Number(bits));
  const first = start - (start % size);
  return [first, first + size - 1];
}

/** Whether two networks share an address; false if either is malformed. */
export function cidrsOverlap(a: string, b: string): boolean {
  const [ra, rb] = [cidrRange(a), cidrRange(b)];
  return ra !== undefined && rb !== undefined && ra[0] <= rb[1] && rb[0] <= ra[1];
}

/** Whether the network holds the address; undefined if either is malformed. */
export function cidrContains(cidr: string, address: string): boolean | undefined {
  const [range, n] = [cidrRange(cidr), ipv4ToNumber(address)];
  return range === undefined || n === undefined ? undefined : range[0] <= n && n <= range[1];
}
