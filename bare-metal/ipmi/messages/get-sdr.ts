import { readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";

/** Stands for the first record in requests. */
export const FIRST_RECORD = 0x0000;
/** Stands for `none follows` in answers. */
export const NO_RECORD = 0xffff;
/** Asks for a record whole. */
export const WHOLE_RECORD = 0xff;

/** Which bytes of which record. */
export interface SdrRange {
  /** 0 where the offset is 0. */
  readonly reservation: number;
  /** Record id, or `FIRST_RECORD`. */
  readonly id: number;
  /** 0 to 254. */
  readonly offset: number;
  /** 1 to 254, or `WHOLE_RECORD`. */
  readonly count: number;
}

export interface SdrPart {
  /** The record's id after this one, or `NO_RECORD`. */
  readonly next: number;
  /** What the BMC gave: it may be more or less than was asked for. */
  readonly bytes: Buffer;
}

/** Get SDR, IPMI 2.0 section 33.12. Needs user. */
export function getSdr(range: SdrRange): Command<SdrPart> {
  return command("Get SDR", NetFn.storage, 0x23, range);
}

/** Get Device SDR, IPMI 2.0 section 35.3. Needs user. */
export function getDeviceSdr(range: SdrRange): Command<SdrPart> {
  return {
    ...command("Get Device SDR", NetFn.sensor, 0x21, range),
    completionCodes: { 0x80: "the record changed while it was read" },
  };
}

function command(
  name: string,
  netFn: number,
  code: number,
  { reservation, id, offset, count }: SdrRange,
): Command<SdrPart> {
  const data = Buffer.alloc(6);
  data.writeUInt16LE(reservation, 0);
  data.writeUInt16LE(id, 2);
  data.writeUInt8(offset, 4);
  data.writeUInt8(count, 5);
  return {
    name,
    netFn,
    code,
    data,
    decode(reply) {
      const reader = readerOf(reply, name);
      return { next: reader.u16(), bytes: reader.rest() };
    },
  };
}
