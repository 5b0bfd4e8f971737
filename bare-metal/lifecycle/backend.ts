import type { HardwareReport } from "../inventory/inventory";
import type { MachineState } from "../boot/record";

export type Power = "on" | "off";

/** Who a BMC says it is. */
export interface BmcIdentity {
  /** 32 lower-case hexadecimal digits. */
  readonly systemGuid: string;
  /** Firmware revision, such as `9.08`. */
  readonly firmware: string;
}

/** One machine's BMC, as far as a life needs it. */
export interface MachineBackend {
  /** Name of the machine. */
  readonly machine: string;
  /** Address and port of its BMC. */
  readonly bmc: string;
  identity(): Promise<BmcIdentity>;
  powerStatus(): Promise<Power>;
  /** `soft` asks the operating system to shut down; it may refuse. */
  power(action: "on" | "off" | "soft"): Promise<void>;
  /** For the next boot only. */
  setBootDevice(device: "pxe"): Promise<void>;
  /** Ends what is open. Never fails. */
  close(): Promise<void>;
}

/** What the boot service knows of one machine. Times are ISO 8601. */
export interface BootRecord {
  readonly state: MachineState;
  readonly hardware?: HardwareReport | undefined;
  readonly error?: string | undefined;
  readonly history: readonly { readonly at: string; readonly state: MachineState }[];
}

/** The boot service as far as the life of one machine needs it. */
export interface MachineBootService {
  /** Undefined: not registered. */
  record(): Promise<BootRecord | undefined>;
  /** Idempotent. */
  register(): Promise<void>;
  /** A new boot: forgets the last report, state `booting`. */
  expectBoot(): Promise<void>;
  /** Idempotent. */
  forget(): Promise<void>;
}

/** Where time comes from: milliseconds since the epoch, and a sleep that the signal ends by rejecting. */
export interface Clock {
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
