import { isIPv4 } from "node:net";
import { readerOf } from "../codec/reader";
import { privilegeLevel, privilegeName, type PrivilegeName } from "../messages/privilege-levels";

const SOURCES = ["unspecified", "static", "dhcp", "bios", "other"] as const;
/** Where a BMC has its address from. */
export type AddressSource = (typeof SOURCES)[number] | "reserved";

/** @throws {DecodeError} */
export function decodeAddress(data: Buffer): string {
  return [...readerOf(data, "IP address").copy(4)].join(".");
}

/** @returns undefined for what is no IPv4 address */
export function encodeAddress(address: string): Buffer | undefined {
  return isIPv4(address) ? Buffer.from(address.split(".").map(Number)) : undefined;
}

/** Lower case, with colons. @throws {DecodeError} */
export function decodeMac(data: Buffer): string {
  const bytes = readerOf(data, "MAC address").copy(6);
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** @throws {DecodeError} */
export function decodeSource(data: Buffer): AddressSource {
  return SOURCES[readerOf(data, "IP address source").u8() & 0x0f] ?? "reserved";
}

export function encodeSource(source: "static" | "dhcp"): Buffer {
  return Buffer.from([SOURCES.indexOf(source)]);
}

const VLAN_ENABLED = 0x8000;

/** The VLAN ID, undefined where VLANs are off. @throws {DecodeError} */
export function decodeVlan(data: Buffer): number | undefined {
  const value = readerOf(data, "VLAN ID").u16();
  return (value & VLAN_ENABLED) === 0 ? undefined : value & 0x0fff;
}

/** @param id 1 to 4094; undefined turns VLANs off */
export function encodeVlan(id: number | undefined): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(id === undefined ? 0 : VLAN_ENABLED | id);
  return bytes;
}

/** A cipher suite that the channel has, and the highest privilege of sessions with it. */
export interface SuitePrivilege {
  readonly suite: number;
  /** `none`: not to be used. */
  readonly privilege: PrivilegeName;
}

/** Places for suites in parameters 23 and 24. */
export const SUITE_PLACES = 16;

/** Parameters 23 and 24 together. @param count parameter 22 @throws {DecodeError} */
export function decodeSuites(count: number, ids: Buffer, privileges: Buffer): SuitePrivilege[] {
  const [suites, levels] = [readerOf(ids, "cipher suites"), readerOf(privileges, "suite privileges")];
  suites.expect(count <= SUITE_PLACES, `${count} suites, where 16 is the most`);
  suites.skip(1);
  levels.skip(1);
  const list: SuitePrivilege[] = [];
  for (let place = 0; place < count; place += 1) {
    if (place % 2 === 0) privileges = levels.copy(1);
    const level = privileges.readUInt8(0) >> (4 * (place % 2));
    const privilege = (level & 0x0f) === 0 ? "none" : privilegeName(level);
    list.push({ suite: suites.u8(), privilege });
  }
  return list;
}

/** Parameter 24: a reserved byte and 16 half bytes, in the order of parameter 23. */
export function encodeSuitePrivileges(suites: readonly SuitePrivilege[]): Buffer {
  const data = Buffer.alloc(1 + SUITE_PLACES / 2);
  suites.forEach(({ privilege }, place) => {
    const level = privilege === "none" ? 0 : privilegeLevel(privilege);
    const at = 1 + (place >> 1);
    data.writeUInt8(data.readUInt8(at) | (level << (4 * (place % 2))), at);
  });
  return data;
}
