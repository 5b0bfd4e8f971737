import { readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";
import { ERASING } from "./sel-info";

/** Stands for the first entry in requests. */
export const FIRST_ENTRY = 0x0000;
/** Stands for the last entry in requests, and for `none follows` in answers. */
export const LAST_ENTRY = 0xffff;
/** Bytes of every record of the event log. */
export const RECORD_BYTES = 16;

/** A part of the record, or the whole. */
export interface SelEntryPart {
  /** The record's id after this one; `LAST_ENTRY` when there is none. */
  readonly next: number;
  readonly bytes: Buffer;
}

/**
 * Get SEL Entry, IPMI 2.0 section 31.5. Needs user.
 * @param id of the record, or `FIRST_ENTRY`, `LAST_ENTRY`
 * @param part 0 to 15 and 1 to 16, with a reservation unless the offset is 0; default the whole record
 */
export function getSelEntry(
  id: number,
  part: { offset: number; count: number; reservation: number } = { offset: 0, count: 0xff, reservation: 0 },
): Command<SelEntryPart> {
  const data = Buffer.alloc(6);
  data.writeUInt16LE(part.reservation, 0);
  data.writeUInt16LE(id, 2);
  data.writeUInt8(part.offset, 4);
  data.writeUInt8(part.count, 5);
  return {
    name: "Get SEL Entry",
    netFn: NetFn.storage,
    code: 0x43,
    data,
    completionCodes: ERASING,
    decode(reply) {
      const reader = readerOf(reply, "Get SEL Entry");
      const next = reader.u16();
      const wanted = part.count === 0xff ? RECORD_BYTES : part.count;
      return { next, bytes: reader.copy(wanted) };
    },
  };
}

const CHANGE_CODES = { ...ERASING, 0x80: "not supported for this type of record" };

/**
 * Add SEL Entry, IPMI 2.0 section 31.6. Needs operator. The BMC puts in an id, and the time unless the record's
 * type is E0h or above.
 * @param record 16 bytes
 * @returns the new record's id
 */
export function addSelEntry(record: Uint8Array): Command<number> {
  return {
    name: "Add SEL Entry",
    netFn: NetFn.storage,
    code: 0x44,
    data: Buffer.from(record),
    onlyOnce: true,
    completionCodes: CHANGE_CODES,
    decode: (data) => readerOf(data, "Add SEL Entry").u16(),
  };
}

/**
 * Delete SEL Entry, IPMI 2.0 section 31.8. Needs operator.
 * @returns the deleted record's id
 */
export function deleteSelEntry(reservation: number, id: number): Command<number> {
  const data = Buffer.alloc(4);
  data.writeUInt16LE(reservation, 0);
  data.writeUInt16LE(id, 2);
  return {
    name: "Delete SEL Entry",
    netFn: NetFn.storage,
    code: 0x46,
    data,
    onlyOnce: true,
    completionCodes: CHANGE_CODES,
    decode: (reply) => readerOf(reply, "Delete SEL Entry").u16(),
  };
}
