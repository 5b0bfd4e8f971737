import { readerOf } from "../codec/reader";

/** Where a machine boots from. `none` leaves it to its firmware. */
export type BootDevice = "none" | "pxe" | "disk" | "cdrom" | "bios";
/** What a BMC may report beyond what is set here. */
export type ReportedBootDevice = BootDevice | "safe" | "diagnostic" | "floppy" | "remote" | "reserved";

export interface BootOverride {
  /**
   * Whether the BMC marks the override as in force. Clears after use and after a time without a restart;
   * some BMCs (ipmi_sim) never set it, though they hand the device on.
   */
  readonly valid: boolean;
  /** What the device selector holds, in force or not. */
  readonly device: ReportedBootDevice;
  /** For the next boot only. */
  readonly once: boolean;
  /** UEFI boot; false is legacy. */
  readonly uefi: boolean;
}

const SELECTORS: Readonly<Record<BootDevice, number>> = { none: 0, pxe: 1, disk: 2, cdrom: 5, bios: 6 };
const DEVICES: readonly ReportedBootDevice[] = [
  "none",
  "pxe",
  "disk",
  "safe",
  "diagnostic",
  "cdrom",
  "bios",
  "remote",
  "remote",
  "remote",
  "reserved",
  "remote",
  "reserved",
  "reserved",
  "reserved",
  "floppy",
];

export const BOOT_DEVICES = Object.keys(SELECTORS) as readonly BootDevice[];

const VALID = 0x80;
const PERSISTENT = 0x40;
const UEFI = 0x20;

/** Boot flags, parameter 5 of IPMI 2.0 table 28-14: five bytes. */
export function encodeBootFlags(device: BootDevice, once: boolean, uefi: boolean): Buffer {
  const flags = VALID | (once ? 0 : PERSISTENT) | (uefi ? UEFI : 0);
  return Buffer.from([flags, SELECTORS[device] << 2, 0, 0, 0]);
}

/** @throws {DecodeError} */
export function decodeBootFlags(data: Buffer): BootOverride {
  const reader = readerOf(data, "boot flags");
  const flags = reader.u8();
  const device = DEVICES[(reader.u8() >> 2) & 0x0f] ?? "reserved";
  reader.skip(3);
  return {
    valid: (flags & VALID) !== 0,
    device,
    once: (flags & PERSISTENT) === 0,
    uefi: (flags & UEFI) !== 0,
  };
}
