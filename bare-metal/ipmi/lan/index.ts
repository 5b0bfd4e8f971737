export type { LanChange } from "./change";
export type { Ipv6Address, LanIpv6 } from "./ipv6";
export { Lan, type LanConfiguration } from "./lan";
export type { AddressSource, SuitePrivilege } from "./values";
