import type { IpmiOptions, IpmiTarget } from "./options";
import type { BootDevice, BootOverride } from "./messages/boot-flags";
import type { PowerAction } from "./messages/chassis-control";
import type { ChassisStatus } from "./messages/chassis-status";
import type { DeviceId } from "./messages/device-id";
import type { RestartCause } from "./messages/restart-cause";

/** A BMC, spoken to over IPMI 2.0. One session at most, opened by the first command or by `connect`. */
export declare class Ipmi {
  /** @param password at most 20 bytes */
  constructor(host: string, user: string, password: string | Uint8Array, options?: IpmiOptions);
  connect(): Promise<void>;
  close(): Promise<void>;
  deviceId(): Promise<DeviceId>;
  /** 32 lower-case hex digits, bytes in the order sent. */
  systemGuid(): Promise<string>;
  chassisStatus(): Promise<ChassisStatus>;
  restartCause(): Promise<RestartCause>;
  power(action: PowerAction): Promise<void>;
  bootDevice(): Promise<BootOverride>;
  setBootDevice(device: BootDevice, options?: { once?: boolean; uefi?: boolean }): Promise<BootOverride>;
  identify(duration: number | "force"): Promise<void>;
  raw(netFn: number, code: number, data?: Uint8Array): Promise<Buffer>;
}

/** Opens a session, does the work, and closes it whatever happens. */
export declare function withIpmi<T>(target: IpmiTarget, work: (ipmi: Ipmi) => Promise<T>): Promise<T>;
