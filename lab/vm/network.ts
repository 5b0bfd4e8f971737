import { run } from "../../base/run";

/** The bridge of the provisioning network. */
export const BRIDGE = "provisioning";

/**
 * Lays out a room's network in the network namespace of this process, which must be one of its own (`unshare --net`):
 * services, BMCs and light machines are local, real machines are behind a bridge with a tap device each.
 * @param net First two bytes, such as `100.77`; machines have `NET.2.128` to `NET.2.255`.
 * @throws {Error} in the namespace of the whole machine, of which nothing is changed
 */
export async function layOutNetwork(net: string, taps: readonly string[]): Promise<void> {
  const { stdout } = await run(["ip", "-o", "link", "show", "up"]);
  if (stdout.trim() !== "") {
    throw new Error("this network namespace is in use; run in one of its own: unshare --net");
  }
  const ip = (...words: string[]) => run(["ip", ...words]);
  await ip("link", "set", "lo", "up");
  await ip("link", "add", BRIDGE, "type", "bridge");
  await ip("address", "add", `${net}.2.129/16`, "dev", BRIDGE);
  await ip("link", "set", BRIDGE, "up");
  for (const tap of taps) {
    await ip("tuntap", "add", tap, "mode", "tap");
    await ip("link", "set", tap, "master", BRIDGE, "up");
  }
  // Services, BMCs, light machines.
  for (const part of [`${net}.0.0/24`, `${net}.1.0/24`, `${net}.2.0/25`]) {
    await ip("route", "add", "local", part, "dev", "lo");
  }
}

/** Address of the bridge: the gateway and the DHCP server of machines. */
export function bridgeAddress(net: string): string {
  return `${net}.2.129`;
}
