import { decodeBcdPlus, decodeSixBitAscii } from "../codec/packed-text";
import type { Reader } from "../codec/reader";

const UNICODE = 0;
const BCD_PLUS = 1;
const SIX_BIT_ASCII = 2;

/**
 * Reads a type/length byte and the ID string after it (IPMI 2.0 section 43.15), without the zeros that pad its end.
 * Some firmware gives a longer length than it has characters: what is there is taken.
 * @throws {DecodeError} if the type/length byte is missing
 */
export function readIdString(reader: Reader): string {
  const typeLength = reader.u8();
  const type = typeLength >> 6;
  const length = typeLength & 0x1f;
  const bytes = reader.copy(Math.min(byteLength(type, length), reader.left));
  return decodeText(type, bytes).slice(0, length).replace(/\0+$/, "");
}

/** Bytes that so many characters take. Unicode strings are counted in bytes, as those who write SDRs do. */
function byteLength(type: number, length: number): number {
  if (type === BCD_PLUS) return Math.ceil(length / 2);
  if (type === SIX_BIT_ASCII) return Math.ceil((length * 3) / 4);
  return length;
}

function decodeText(type: number, bytes: Buffer): string {
  switch (type) {
    case UNICODE:
      return bytes.subarray(0, bytes.length & ~1).toString("utf16le");
    case BCD_PLUS:
      return decodeBcdPlus(bytes);
    case SIX_BIT_ASCII:
      return decodeSixBitAscii(bytes);
    default:
      return bytes.toString("latin1");
  }
}
