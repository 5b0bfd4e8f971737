/** What every BMC can be asked, whatever it speaks. */
export interface BmcDriver {
  readonly protocol: "ipmi" | "redfish";
  /** `host:port`, for tables and errors. */
  readonly label: string;
  identity(): Promise<BmcIdentity>;
  powerStatus(): Promise<"on" | "off">;
  /** Resolves when the BMC has taken the order. `soft` asks the operating system; `diag` is a diagnostic interrupt. */
  power(action: PowerAction): Promise<void>;
  bootOverride(): Promise<BootOverride>;
  /** @returns what was read back */
  setBootOverride(wanted: { device: BootDevice; once: boolean; uefi: boolean }): Promise<BootOverride>;
  inventory(): Promise<readonly InventoryItem[]>;
  sensors(): Promise<readonly SensorReading[]>;
  /** Oldest first. */
  eventLog(): Promise<readonly BmcEvent[]>;
  clearEventLog(): Promise<void>;
  users(): Promise<readonly BmcUser[]>;
  /** @param password secret; at most 20 bytes over IPMI */
  createUser(user: { name: string; password: string; privilege: BmcPrivilege }): Promise<BmcUser>;
  setPassword(name: string, password: string): Promise<void>;
  setPrivilege(name: string, privilege: BmcPrivilege, options?: Forced): Promise<void>;
  setEnabled(name: string, enabled: boolean, options?: Forced): Promise<void>;
  deleteUser(name: string, options?: Forced): Promise<void>;
  /** Ends the session. Never fails. */
  close(): Promise<void>;
}

export interface BmcIdentity {
  /** 32 lower-case hexadecimal digits. */
  readonly systemGuid: string;
  readonly manufacturer?: string;
  readonly model?: string;
  /** Firmware of the BMC, such as `9.08`. */
  readonly firmware: string;
}

export type PowerAction = "on" | "off" | "cycle" | "reset" | "diag" | "soft";

export type BootDevice = "none" | "pxe" | "disk" | "cdrom" | "bios";

export interface BootOverride {
  /** A device's name; more of them are read than can be set. */
  readonly device: string;
  /** For the next boot only. */
  readonly once: boolean;
  /** UEFI boot; false is legacy. */
  readonly uefi: boolean;
}

/** A part that can be replaced and carries its own description: chassis, board, product, power supply. */
export interface InventoryItem {
  readonly id: string;
  /** As the BMC names it. */
  readonly name: string;
  readonly manufacturer?: string;
  readonly product?: string;
  readonly partNumber?: string;
  readonly serialNumber?: string;
  /** Why nothing is known of it, where it could not be read. */
  readonly problem?: string;
}

export type Health = "ok" | "warning" | "critical" | "unknown";

export interface SensorReading {
  readonly name: string;
  /** What it measures or watches: `Temperature`, `Fan`, `Power Supply`. */
  readonly type: string;
  /** In `unit`; undefined for a sensor that has states only, and for one that gives no reading now. */
  readonly value: number | undefined;
  /** `degrees C`, `RPM`, `Volts`, `Watts`; undefined without a value. */
  readonly unit: string | undefined;
  readonly health: Health;
  /** States in words, such as `Presence detected`. */
  readonly states: readonly string[];
}

export interface BmcEvent {
  readonly id: string;
  /** ISO 8601, undefined where the BMC's clock was not set. */
  readonly at: string | undefined;
  /** What it is about, as far as the log says. */
  readonly source: string;
  readonly description: string;
  readonly health: Health;
}

/** Whether it is done also where nobody could log in as administrator afterwards. */
export interface Forced {
  /** Default: no. */
  readonly force?: boolean;
}

export type BmcPrivilege = "user" | "operator" | "administrator";

export interface BmcUser {
  /** User ID over IPMI, the account's id over Redfish. */
  readonly id: string;
  readonly name: string;
  readonly privilege: BmcPrivilege | "none" | "callback" | "oem";
  readonly enabled: boolean;
}
