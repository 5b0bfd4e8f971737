import { readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";

/** A FRU's memory cannot be reached just now: again after 30 ms (IPMI 2.0 section 34.2). */
export const FRU_BUSY = 0x81;

const COMPLETION_CODES = { 0x80: "write-protected", [FRU_BUSY]: "FRU device busy" };

/** Where in a FRU's memory: both in words or both in bytes, as the FRU has it. */
export interface FruRange {
  /** 0 to 65535. */
  readonly offset: number;
  /** 1 to 255. */
  readonly count: number;
}

/**
 * Read FRU Data, IPMI 2.0 section 34.2. Needs user. The answer may hold less than was asked for.
 * @param unit bytes that an offset and a count of one stand for: 1, or 2 for a FRU read by words
 */
export function readFruData(device: number, { offset, count }: FruRange, unit: 1 | 2): Command<Buffer> {
  return {
    name: "Read FRU Data",
    netFn: NetFn.storage,
    code: 0x11,
    data: Buffer.from([device, offset & 0xff, offset >> 8, count]),
    completionCodes: COMPLETION_CODES,
    decode(data) {
      const reader = readerOf(data, "Read FRU Data");
      const returned = reader.u8();
      reader.expect(returned >= 1 && returned <= count, `${returned} returned where ${count} were asked for`);
      return reader.copy(returned * unit);
    },
  };
}

/**
 * Write FRU Data, IPMI 2.0 section 34.3. Needs operator. Writing the same twice does no harm.
 * @param offset in words or bytes
 * @returns how much was written, in words or bytes
 */
export function writeFruData(device: number, offset: number, bytes: Uint8Array): Command<number> {
  return {
    name: "Write FRU Data",
    netFn: NetFn.storage,
    code: 0x12,
    data: Buffer.from([device, offset & 0xff, offset >> 8, ...bytes]),
    completionCodes: COMPLETION_CODES,
    decode: (data) => readerOf(data, "Write FRU Data").u8(),
  };
}
