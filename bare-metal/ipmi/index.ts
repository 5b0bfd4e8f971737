export { type Callback, type CallbackFace, createIpmi } from "./callbacks";
export { Ipmi } from "./client";
export type { ControllerAddress, ControllerPath } from "./codec/controller-path";
export type { Controller } from "./controller";
export * from "./errors";
export { withIpmi } from "./with-ipmi";
export type { IpmiOptions, IpmiTarget, Privilege } from "./options";
export type { BootDevice, BootOverride, ReportedBootDevice } from "./messages/boot-flags";
export type { PowerAction } from "./messages/chassis-control";
export type { ChassisStatus, PowerEvent } from "./messages/chassis-status";
export type { DeviceFunction, DeviceId } from "./messages/device-id";
export type { RestartCause } from "./messages/restart-cause";
export type { AuthenticationCapabilities } from "./messages/authentication-capabilities";
export type { OfferedSuite } from "./messages/channel-cipher-suites";
export type { ActiveSession, SessionInfo } from "./messages/session-info";
export type { PrivilegeName } from "./messages/privilege-levels";
export type { IpmiSensorReading, SdrRecord, Sensor, Sensors, Thresholds } from "./sensors";
export type {
  Dcmi,
  DcmiAccess,
  DcmiCapabilities,
  DcmiPlatform,
  PowerLimit,
  PowerLimitChoice,
  PowerReading,
} from "./dcmi";
export type { Fru, FruDevice, FruInventory, FruReading, FruRecord } from "./fru";
export type { EventLog, SelEvent, SelRecord, SensorName } from "./sel";
export type { Watchdog, WatchdogChoice, WatchdogSettings, WatchdogTimer } from "./watchdog";
export type { IpmiUser, NewUser, Users } from "./users";
export type { Lan, LanChange, LanConfiguration } from "./lan";
export type { Sol, SolChange, SolConfiguration, SolOptions, SolStream } from "./sol";
