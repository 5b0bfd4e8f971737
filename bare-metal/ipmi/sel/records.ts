import { readerOf } from "../codec/reader";
import { type Timestamp, timestampOf } from "../codec/timestamp";

interface RecordHead {
  /** 1 to 65534. */
  readonly id: number;
  /** 02h is a system event, C0h and above the vendor's. */
  readonly type: number;
}

/** Who sent an event: a controller on the IPMB, or software. */
export interface Generator {
  readonly kind: "controller" | "software";
  /** 8-bit slave address of the controller, or 7-bit id of the software. */
  readonly address: number;
  /** 0 to 3. */
  readonly lun: number;
  /** That the event came over; 0 within the BMC. */
  readonly channel: number;
}

/** A sensor's event (IPMI 2.0 table 32-1). */
export interface SystemEvent extends RecordHead {
  readonly kind: "system";
  readonly timestamp: Timestamp;
  readonly generator: Generator;
  /** Of the message: 4, or 3 for IPMI 1.0. */
  readonly messageVersion: number;
  readonly sensorType: number;
  readonly sensorNumber: number;
  /** Event/reading type, 0 to 127. */
  readonly eventType: number;
  /** False: the state ended. */
  readonly asserted: boolean;
  /** Event data 1 to 3. */
  readonly data: readonly [number, number, number];
}

/** A vendor's record with a time (IPMI 2.0 table 32-2). */
export interface OemTimestampedRecord extends RecordHead {
  readonly kind: "oem-timestamped";
  readonly timestamp: Timestamp;
  /** IANA private enterprise number. */
  readonly manufacturerId: number;
  /** Six bytes. */
  readonly data: Buffer;
}

/** A vendor's record without a time, 13 bytes (IPMI 2.0 table 32-3). */
export interface OemRecord extends RecordHead {
  readonly kind: "oem";
  readonly data: Buffer;
}

/** A standard record that the specification does not define yet: nine bytes. */
export interface OtherRecord extends RecordHead {
  readonly kind: "other";
  readonly timestamp: Timestamp;
  readonly data: Buffer;
}

export type SelRecord = SystemEvent | OemTimestampedRecord | OemRecord | OtherRecord;

const SYSTEM_EVENT = 0x02;
const FIRST_OEM_TIMESTAMPED = 0xc0;
const FIRST_OEM = 0xe0;

/**
 * A record of the event log, IPMI 2.0 section 32.
 * @throws {DecodeError} unless it has 16 bytes
 */
export function decodeSelRecord(bytes: Buffer): SelRecord {
  const reader = readerOf(bytes, "SEL record");
  const head = { id: reader.u16(), type: reader.u8() };
  if (head.type >= FIRST_OEM) {
    const record = { ...head, kind: "oem", data: reader.copy(13) } as const;
    reader.end();
    return record;
  }
  const timestamp = timestampOf(reader.u32());
  const body = readerOf(reader.copy(9), "SEL record");
  reader.end();
  if (head.type >= FIRST_OEM_TIMESTAMPED) {
    return { ...head, kind: "oem-timestamped", timestamp, manufacturerId: body.u24(), data: body.rest() };
  }
  if (head.type !== SYSTEM_EVENT) return { ...head, kind: "other", timestamp, data: body.rest() };
  const generator = generatorOf(body.u8(), body.u8());
  const messageVersion = body.u8();
  const sensorType = body.u8();
  const sensorNumber = body.u8();
  const event = body.u8();
  return {
    ...head,
    kind: "system",
    timestamp,
    generator,
    messageVersion,
    sensorType,
    sensorNumber,
    eventType: event & 0x7f,
    asserted: (event & 0x80) === 0,
    data: [body.u8(), body.u8(), body.u8()],
  };
}

function generatorOf(first: number, second: number): Generator {
  const software = (first & 1) === 1;
  return {
    kind: software ? "software" : "controller",
    address: software ? first >> 1 : first,
    lun: second & 0x03,
    channel: second >> 4,
  };
}
