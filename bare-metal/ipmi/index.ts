export { Ipmi } from "./client";
export * from "./errors";
export { withIpmi } from "./with-ipmi";
export type { IpmiOptions, IpmiTarget, Privilege } from "./options";
export type { BootDevice, BootOverride, ReportedBootDevice } from "./messages/boot-flags";
export type { PowerAction } from "./messages/chassis-control";
export type { ChassisStatus, PowerEvent } from "./messages/chassis-status";
export type { DeviceFunction, DeviceId } from "./messages/device-id";
export type { RestartCause } from "./messages/restart-cause";
