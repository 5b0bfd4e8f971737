import type { Reader } from "../codec/reader";
import { type FieldList, type Fields, readFields } from "./info-area";

const ENGLISH = 0;

const CHASSIS = { partNumber: "english", serialNumber: "english" } as const satisfies FieldList<string>;
const BOARD = {
  manufacturer: "local",
  product: "local",
  serialNumber: "english",
  partNumber: "local",
  fruFileId: "english",
} as const satisfies FieldList<string>;
const PRODUCT = {
  manufacturer: "local",
  product: "local",
  partNumber: "local",
  version: "local",
  serialNumber: "english",
  assetTag: "local",
  fruFileId: "local",
} as const satisfies FieldList<string>;

interface Area {
  /** Fields that the maker added, in order. */
  readonly custom: readonly string[];
}

/** Section 10. */
export interface ChassisInfo extends Area, Fields<keyof typeof CHASSIS> {
  /** SMBIOS enclosure type, such as `Rack Mount Chassis`. */
  readonly type: string;
}

/** Section 11. */
export interface BoardInfo extends Area, Fields<keyof typeof BOARD> {
  /** 0 and 25 are English (section 15). */
  readonly languageCode: number;
  /** ISO 8601, to the minute; undefined where it is not told. */
  readonly manufactured: string | undefined;
}

/** Section 12. */
export interface ProductInfo extends Area, Fields<keyof typeof PRODUCT> {
  /** 0 and 25 are English (section 15). */
  readonly languageCode: number;
}

export function readChassisInfo(reader: Reader): ChassisInfo {
  const type = CHASSIS_TYPES[reader.u8()] ?? "Unknown";
  return { type, ...readFields(reader, CHASSIS, ENGLISH) };
}

export function readBoardInfo(reader: Reader): BoardInfo {
  const languageCode = reader.u8();
  const minutes = reader.u24();
  const manufactured = minutes === 0 ? undefined : minutesSince1996(minutes);
  return { languageCode, manufactured, ...readFields(reader, BOARD, languageCode) };
}

export function readProductInfo(reader: Reader): ProductInfo {
  const languageCode = reader.u8();
  return { languageCode, ...readFields(reader, PRODUCT, languageCode) };
}

function minutesSince1996(minutes: number): string {
  return new Date(Date.UTC(1996, 0, 1) + minutes * 60_000).toISOString().replace(":00.000Z", "Z");
}

/** DMTF's SMBIOS specification 3.6, table 17. */
const CHASSIS_TYPES: readonly (string | undefined)[] = [
  undefined,
  "Other",
  "Unknown",
  "Desktop",
  "Low Profile Desktop",
  "Pizza Box",
  "Mini Tower",
  "Tower",
  "Portable",
  "Laptop",
  "Notebook",
  "Hand Held",
  "Docking Station",
  "All in One",
  "Sub Notebook",
  "Space-saving",
  "Lunch Box",
  "Main Server Chassis",
  "Expansion Chassis",
  "SubChassis",
  "Bus Expansion Chassis",
  "Peripheral Chassis",
  "RAID Chassis",
  "Rack Mount Chassis",
  "Sealed-case PC",
  "Multi-system chassis",
  "Compact PCI",
  "Advanced TCA",
  "Blade",
  "Blade Enclosure",
  "Tablet",
  "Convertible",
  "Detachable",
  "IoT Gateway",
  "Embedded PC",
  "Mini PC",
  "Stick PC",
];
