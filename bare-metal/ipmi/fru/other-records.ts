import type { Reader } from "../codec/reader";

const MANAGEMENT_ACCESS = [
  undefined,
  "system-url",
  "system-name",
  "system-ping-address",
  "component-url",
  "component-name",
  "component-ping-address",
  "system-guid",
] as const;

/** Another way to manage the system or the part (section 18.4). */
export interface ManagementAccessRecord {
  readonly kind: "management-access";
  readonly of: Exclude<(typeof MANAGEMENT_ACCESS)[number], undefined> | "reserved";
  /** Text; hex digits for a GUID and for what is reserved. */
  readonly value: string;
}

const SYSTEM_GUID = 7;

export function readManagementAccess(reader: Reader): ManagementAccessRecord {
  const type = reader.u8();
  const of = MANAGEMENT_ACCESS[type] ?? "reserved";
  const bytes = reader.rest();
  const binary = of === "reserved" || type === SYSTEM_GUID;
  return {
    kind: "management-access",
    of,
    value: binary ? bytes.toString("hex") : bytes.toString("latin1").replace(/\0+$/, ""),
  };
}

/** What a part is compatible with, as its manufacturer counts (sections 18.5 and 18.6). */
export interface CompatibilityRecord {
  readonly kind: "base-compatibility" | "extended-compatibility";
  /** IANA private enterprise number. */
  readonly manufacturerId: number;
  /** Entity that the codes are for (IPMI 2.0 table 43-13). */
  readonly entityId: number;
  readonly base: number;
  /** Compatible codes, ascending; the first is where the range starts. */
  readonly codes: readonly number[];
}

export function readCompatibility(reader: Reader, kind: CompatibilityRecord["kind"]): CompatibilityRecord {
  const manufacturerId = reader.u24();
  const entityId = reader.u8();
  const base = reader.u8();
  const start = reader.u8() & 0x7f;
  const masks = [...reader.rest()];
  const more = masks.flatMap((mask, n) => bitsOf(mask).map((bit) => start + 1 + n * 8 + bit));
  return { kind, manufacturerId, entityId, base, codes: [start, ...more] };
}

function bitsOf(mask: number): number[] {
  return [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => ((mask >> bit) & 1) === 1);
}

/** A vendor's record (section 18.7). */
export interface OemFruRecord {
  readonly kind: "oem";
  /** C0h to FFh. */
  readonly type: number;
  /** IANA private enterprise number. */
  readonly manufacturerId: number;
  readonly data: Buffer;
}

/** A record of a type that the definition reserves. */
export interface ReservedFruRecord {
  readonly kind: "reserved";
  readonly type: number;
  readonly data: Buffer;
}
