import { type Reader, readerOf } from "../codec/reader";
import { collectingFaults } from "./faults";
import { checksumOf } from "./info-area";
import {
  type CompatibilityRecord,
  type ManagementAccessRecord,
  type OemFruRecord,
  readCompatibility,
  readManagementAccess,
  type ReservedFruRecord,
} from "./other-records";
import {
  type DirectCurrentRecord,
  type PowerSupplyRecord,
  readDirectCurrent,
  readPowerSupply,
} from "./power-records";

export type FruRecord =
  | PowerSupplyRecord
  | DirectCurrentRecord
  | ManagementAccessRecord
  | CompatibilityRecord
  | OemFruRecord
  | ReservedFruRecord;

export const RECORD_HEADER_BYTES = 5;
const FIRST_OEM = 0xc0;

/** The head of a record (section 16.1). */
export interface RecordHeader {
  readonly type: number;
  /** No record follows. */
  readonly last: boolean;
  /** Bytes of data after the header, 0 to 255. */
  readonly length: number;
  /** Makes the sum of the data 0. */
  readonly checksum: number;
}

/**
 * Reads the head of a record. Its checksum tells a record from memory that was never written, so that a wrong one
 * ends the area.
 * @throws {DecodeError}
 */
export function readRecordHeader(bytes: Buffer): RecordHeader {
  const reader = readerOf(bytes, "FRU record header");
  const header = reader.copy(RECORD_HEADER_BYTES);
  reader.expect(checksumOf(header) === 0, "wrong checksum of its header");
  // Memory that was never written has the right checksum if it is all zero.
  reader.expect(
    header.some((byte) => byte !== 0),
    "empty",
  );
  const [type, format, length, checksum] = [...header] as [number, number, number, number];
  return { type, last: (format & 0x80) !== 0, length, checksum };
}

/**
 * The records of the MultiRecord area (section 16), as far as they can be read.
 * @param bytes from the area's start to the end of the FRU's memory
 * @returns the records, and what was wrong
 */
export function readRecords(bytes: Buffer): { records: FruRecord[]; faults: string[] } {
  const records: FruRecord[] = [];
  const faults: string[] = [];
  for (let at = 0, n = 1; ; n += 1) {
    const where = `record ${n}`;
    const header = collectingFaults(faults, where, () => readRecordHeader(bytes.subarray(at)));
    if (!header) return { records, faults };
    at += RECORD_HEADER_BYTES;
    const data = bytes.subarray(at, at + header.length);
    at += header.length;
    if (data.length === header.length && checksumOf([...data, header.checksum]) !== 0) {
      faults.push(`${where}: wrong checksum of its data`);
    }
    const record = collectingFaults(faults, where, () => readRecord(header.type, readerOf(data, where)));
    if (record) records.push(record);
    if (header.last) return { records, faults };
  }
}

function readRecord(type: number, reader: Reader): FruRecord {
  switch (type) {
    case 0x00:
      return readPowerSupply(reader);
    case 0x01:
      return readDirectCurrent(reader, "dc-output", false);
    case 0x02:
      return readDirectCurrent(reader, "dc-load", false);
    case 0x03:
      return readManagementAccess(reader);
    case 0x04:
      return readCompatibility(reader, "base-compatibility");
    case 0x05:
      return readCompatibility(reader, "extended-compatibility");
    case 0x09:
      return readDirectCurrent(reader, "dc-output", true);
    case 0x0a:
      return readDirectCurrent(reader, "dc-load", true);
    default:
      if (type < FIRST_OEM) return { kind: "reserved", type, data: reader.rest() };
      return { kind: "oem", type, manufacturerId: reader.u24(), data: reader.rest() };
  }
}
