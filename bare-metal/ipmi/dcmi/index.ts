export { Dcmi, type PowerLimitChoice } from "./dcmi";
export type { DcmiAccess, DcmiCapabilities, DcmiPlatform } from "../messages/dcmi-capabilities";
export type { PowerLimit, PowerLimitAction } from "../messages/dcmi-power-limit";
export type { PowerReading } from "../messages/dcmi-power-reading";
