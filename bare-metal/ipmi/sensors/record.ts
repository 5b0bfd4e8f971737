import { DecodeError, type Reader, readerOf } from "../codec/reader";
import {
  decodeDeviceEntityAssociation,
  decodeEntityAssociation,
  type EntityAssociationRecord,
} from "./entity-association";
import {
  type ControllerLocatorRecord,
  decodeControllerLocator,
  decodeFruLocator,
  type FruLocatorRecord,
} from "./locator-record";
import {
  type CompactSensorRecord,
  decodeCompactSensor,
  decodeEventOnly,
  decodeFullSensor,
  type EventOnlyRecord,
  type FullSensorRecord,
} from "./sensor-record";

/** Type C0h, IPMI 2.0 section 43.12. */
export interface OemRecord {
  readonly kind: "oem";
  readonly id: number;
  /** IANA private enterprise number, 20 bits. */
  readonly manufacturerId: number;
  readonly data: Buffer;
}

/** A type that is not read further here. */
export interface OtherRecord {
  readonly kind: "other";
  readonly id: number;
  readonly type: number;
  readonly data: Buffer;
}

/** A record whose bytes are not what its type asks for. */
export interface MalformedRecord {
  readonly kind: "malformed";
  readonly id: number;
  readonly problem: string;
}

/** A sensor data record, by its kind. */
export type SdrRecord =
  | FullSensorRecord
  | CompactSensorRecord
  | EventOnlyRecord
  | EntityAssociationRecord
  | FruLocatorRecord
  | ControllerLocatorRecord
  | OemRecord
  | OtherRecord
  | MalformedRecord;

/** Bytes before a record's key. */
export const SDR_HEADER = 5;

const DECODERS: Readonly<Record<number, (id: number, reader: Reader) => SdrRecord>> = {
  0x01: decodeFullSensor,
  0x02: decodeCompactSensor,
  0x03: decodeEventOnly,
  0x08: decodeEntityAssociation,
  0x09: decodeDeviceEntityAssociation,
  0x11: decodeFruLocator,
  0x12: decodeControllerLocator,
  0xc0: decodeOem,
};

/** Bytes of a record with its header, by its header. @throws {DecodeError} */
export function sdrLength(header: Buffer): number {
  const reader = readerOf(header, "SDR header");
  reader.skip(SDR_HEADER - 1);
  return SDR_HEADER + reader.u8();
}

/**
 * Reads a record (IPMI 2.0 section 43). What stands behind its length is left out.
 * @throws {DecodeError}
 */
export function decodeSdr(bytes: Buffer): SdrRecord {
  const header = readerOf(bytes, "SDR header");
  const id = header.u16();
  header.skip(1);
  const type = header.u8();
  const body = bytes.subarray(SDR_HEADER, sdrLength(bytes));
  const decode = DECODERS[type];
  if (decode) return decode(id, readerOf(body, `SDR ${id} of type 0x${type.toString(16).padStart(2, "0")}`));
  return { kind: "other", id, type, data: Buffer.from(body) };
}

/** As `decodeSdr`; a record that cannot be read is told from the others by its kind. */
export function readSdr(bytes: Buffer): SdrRecord {
  try {
    return decodeSdr(bytes);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const id = bytes.length >= 2 ? bytes.readUInt16LE(0) : 0;
    return { kind: "malformed", id, problem: error.message };
  }
}

function decodeOem(id: number, reader: Reader): OemRecord {
  return { kind: "oem", id, manufacturerId: reader.u24() & 0xfffff, data: reader.rest() };
}
