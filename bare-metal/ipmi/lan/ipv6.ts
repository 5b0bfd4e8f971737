import { type Reader, readerOf } from "../codec/reader";
import { isCompletion } from "../errors";
import { getLanParameter, LanParameter, PARAMETER_NOT_SUPPORTED } from "../messages/lan-parameters";
import type { CommandRunner } from "../messages/runner";

/** The IPv6 side of a LAN channel (IPMI 2.0 table 23-4, parameters 50 to 59). */
export interface LanIpv6 {
  readonly mode: "off" | "only" | "both" | "reserved";
  readonly addresses: readonly Ipv6Address[];
}

export interface Ipv6Address {
  /** Eight groups of four hexadecimal digits. */
  readonly address: string;
  /** 0 to 128. */
  readonly prefix: number;
  readonly source: "static" | "slaac" | "dhcpv6" | "reserved";
  /** Of status `active`: usable, and nobody else has it. */
  readonly active: boolean;
}

const MODES = ["off", "only", "both"] as const;
const SOURCES = ["static", "slaac", "dhcpv6"] as const;
/** Of each kind; more are not asked for, whatever a BMC says. */
const MOST = 16;
/** How else BMCs of before IPv6 say that they lack a parameter. */
const OUT_OF_RANGE = 0xc9;
const INVALID_DATA = 0xcc;

/** Undefined where the BMC knows no IPv6. @throws {IpmiError} {DecodeError} */
export async function readIpv6(bmc: CommandRunner, channel: number): Promise<LanIpv6 | undefined> {
  const ask = (parameter: number, set = 0) => bmc.run(getLanParameter(channel, parameter, set));
  let mode: LanIpv6["mode"];
  try {
    await ask(LanParameter.ipv6Support);
    mode = MODES[readerOf(await ask(LanParameter.ipv6Enables), "IPv6 enables").u8()] ?? "reserved";
  } catch (error) {
    if (isCompletion(error, PARAMETER_NOT_SUPPORTED, OUT_OF_RANGE, INVALID_DATA)) return undefined;
    throw error;
  }
  if (mode === "off") return { mode, addresses: [] };
  const status = readerOf(await ask(LanParameter.ipv6Status), "IPv6 status");
  const [statics, dynamics] = [status.u8(), status.u8()];
  const addresses: Ipv6Address[] = [];
  for (let set = 0; set < Math.min(statics, MOST); set += 1) {
    const address = decodeIpv6Address(await ask(LanParameter.ipv6StaticAddress, set));
    if (address) addresses.push(address);
  }
  for (let set = 0; set < Math.min(dynamics, MOST); set += 1) {
    const address = decodeIpv6Address(await ask(LanParameter.ipv6DynamicAddress, set));
    if (address) addresses.push(address);
  }
  return { mode, addresses };
}

/** Parameters 56 and 59 are alike. Undefined for an unused place. @throws {DecodeError} */
export function decodeIpv6Address(data: Buffer): Ipv6Address | undefined {
  const reader = readerOf(data, "IPv6 address");
  reader.skip(1);
  const source = SOURCES[reader.u8() & 0x0f] ?? "reserved";
  const address = groupsOf(reader);
  const prefix = reader.u8();
  reader.expect(prefix <= 128, `a prefix of ${prefix} bits`);
  const active = reader.u8() === 0;
  return /^[0:]+$/.test(address) ? undefined : { address, prefix, source, active };
}

function groupsOf(reader: Reader): string {
  return (reader.copy(16).toString("hex").match(/.{4}/g) ?? []).join(":");
}
