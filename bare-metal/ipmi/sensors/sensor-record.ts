import type { Reader } from "../codec/reader";
import { type Conversion, factorsOf, type NumberFormat } from "./conversion";
import { type Entity, entityOf } from "./entities";
import { readIdString } from "./id-string";
import { type Sharing, sharingOf } from "./sharing";
import { type Units, unitsOf } from "./units";

/** Which controller a sensor sits behind. */
export interface SensorOwner {
  /** Eight bits, the lowest 0, as IPMB addresses are written: 20h is the BMC. A software ID if `software`. */
  readonly address: number;
  /** Owned by system software: no controller can be asked. */
  readonly software: boolean;
  /** Channel of the controller, 0 to 15. */
  readonly channel: number;
}

const DIRECTIONS = ["unspecified", "input", "output", "unspecified"] as const;
/** Whether a sensor monitors what goes into its entity or what comes out. */
export type Direction = (typeof DIRECTIONS)[number];

const ACCESS = ["none", "readable", "settable", "fixed"] as const;
/** `settable` is readable too; `fixed` is unreadable, and stands in the record. */
export type Access = (typeof ACCESS)[number];

/** What the three kinds of sensor records have. */
interface CommonRecord {
  readonly id: number;
  readonly owner: SensorOwner;
  readonly lun: number;
  /** 0 to 254. */
  readonly number: number;
  readonly entity: Entity;
  /** Sensor type, table 42-3. */
  readonly type: number;
  /** Event/reading type, table 42-1. */
  readonly eventReadingType: number;
  readonly direction: Direction;
  readonly name: string;
}

/** What the two kinds of readable sensors have. */
interface ReadableRecord extends CommonRecord {
  /** To be ignored while its entity is absent. */
  readonly ignoredIfAbsent: boolean;
  /** Whether a state ends by itself. */
  readonly autoRearm: boolean;
  readonly hysteresisAccess: Access;
  readonly thresholdAccess: Access;
  /** Bytes 15 to 20 as three masks of 16 bits: what they stand for depends on the event/reading type. */
  readonly assertionMask: number;
  readonly deassertionMask: number;
  readonly readingMask: number;
  readonly units: Units;
  /** Raw counts. */
  readonly positiveHysteresis: number;
  readonly negativeHysteresis: number;
}

/** Type 01h, IPMI 2.0 section 43.1. */
export interface FullSensorRecord extends ReadableRecord {
  readonly kind: "full-sensor";
  /** Undefined for a sensor without numbers. */
  readonly conversion: Conversion | undefined;
  /** Raw; undefined where not specified. */
  readonly nominal: number | undefined;
  readonly normalMaximum: number | undefined;
  readonly normalMinimum: number | undefined;
  /** Raw: the range of readings. */
  readonly maximum: number;
  readonly minimum: number;
  /** Raw, six bytes in the order of table 35-9; count where thresholds are fixed or initialized from here. */
  readonly thresholds: Buffer;
}

/** Type 02h, section 43.2. One record may stand for several sensors. */
export interface CompactSensorRecord extends ReadableRecord {
  readonly kind: "compact-sensor";
  readonly sharing: Sharing;
}

/** Type 03h, section 43.3: a sensor that sends events and cannot be read. */
export interface EventOnlyRecord extends CommonRecord {
  readonly kind: "event-only";
  readonly sharing: Sharing;
}

/** By bits 7:6 of byte 21; the fourth is a sensor without numbers. */
const FORMATS: readonly NumberFormat[] = ["unsigned", "ones-complement", "twos-complement"];

/** @throws {DecodeError} */
export function decodeFullSensor(id: number, reader: Reader): FullSensorRecord {
  const key = readKey(reader);
  const capabilities = readCapabilities(reader);
  const flags = reader.u8();
  const units = unitsOf(flags, reader.u8(), reader.u8());
  const linearization = reader.u8() & 0x7f;
  const factors = reader.copy(6);
  const characteristics = reader.u8();
  const specified = (bit: number) => {
    const value = reader.u8();
    return (characteristics >> bit) & 1 ? value : undefined;
  };
  const [nominal, normalMaximum, normalMinimum] = [specified(0), specified(1), specified(2)];
  const [maximum, minimum] = [reader.u8(), reader.u8()];
  // The record has them the other way round than commands have.
  const thresholds = reader.copy(6).reverse();
  const [positiveHysteresis, negativeHysteresis] = [reader.u8(), reader.u8()];
  reader.skip(3);
  const format = FORMATS[flags >> 6];
  return {
    kind: "full-sensor",
    id,
    ...key,
    ...capabilities,
    units,
    conversion: format && { format, linearization, factors: factorsOf(factors) },
    direction: DIRECTIONS[factors.readUInt8(4) & 3] ?? "unspecified",
    nominal,
    normalMaximum,
    normalMinimum,
    maximum,
    minimum,
    thresholds,
    positiveHysteresis,
    negativeHysteresis,
    name: readIdString(reader),
  };
}

/** @throws {DecodeError} */
export function decodeCompactSensor(id: number, reader: Reader): CompactSensorRecord {
  const key = readKey(reader);
  const capabilities = readCapabilities(reader);
  const units = unitsOf(reader.u8(), reader.u8(), reader.u8());
  const shared = reader.u8();
  const sharing = sharingOf(shared, reader.u8());
  const [positiveHysteresis, negativeHysteresis] = [reader.u8(), reader.u8()];
  reader.skip(4);
  return {
    kind: "compact-sensor",
    id,
    ...key,
    ...capabilities,
    units,
    direction: DIRECTIONS[shared >> 6] ?? "unspecified",
    sharing,
    positiveHysteresis,
    negativeHysteresis,
    name: readIdString(reader),
  };
}

/** @throws {DecodeError} */
export function decodeEventOnly(id: number, reader: Reader): EventOnlyRecord {
  const key = readKey(reader);
  const [type, eventReadingType] = [reader.u8(), reader.u8() & 0x7f];
  const shared = reader.u8();
  const sharing = sharingOf(shared, reader.u8());
  reader.skip(2);
  const direction = DIRECTIONS[shared >> 6] ?? "unspecified";
  return {
    kind: "event-only",
    id,
    ...key,
    type,
    eventReadingType,
    direction,
    sharing,
    name: readIdString(reader),
  };
}

/** Bytes 6 to 10: whose sensor it is, and of which entity. */
function readKey(reader: Reader) {
  const owner = reader.u8();
  const unit = reader.u8();
  return {
    owner: { address: owner & 0xfe, software: (owner & 1) === 1, channel: unit >> 4 },
    lun: unit & 3,
    number: reader.u8(),
    entity: entityOf(reader.u8(), reader.u8()),
  };
}

/** Bytes 11 to 20 of full and compact records. */
function readCapabilities(reader: Reader) {
  reader.skip(1);
  const capabilities = reader.u8();
  return {
    ignoredIfAbsent: (capabilities & 0x80) !== 0,
    autoRearm: (capabilities & 0x40) !== 0,
    hysteresisAccess: ACCESS[(capabilities >> 4) & 3] ?? "none",
    thresholdAccess: ACCESS[(capabilities >> 2) & 3] ?? "none",
    type: reader.u8(),
    eventReadingType: reader.u8() & 0x7f,
    assertionMask: reader.u16(),
    deassertionMask: reader.u16(),
    readingMask: reader.u16(),
  };
}
