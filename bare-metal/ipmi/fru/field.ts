import { decodeSixBitAscii } from "../codec/packed-text";
import type { Reader } from "../codec/reader";

/** `no more fields`, where a type/length byte stands (section 10). */
const END_OF_FIELDS = 0xc1;
const BCD_PLUS = "0123456789 -.???";

/** Which characters a field of type 11b holds. */
export type Characters = "latin1" | "unicode";

/** Text of type 11b is Latin 1 in English and UTF-16 in every other language (section 13). */
export function charactersOf(languageCode: number): Characters {
  return languageCode === 0 || languageCode === 25 ? "latin1" : "unicode";
}

/**
 * Reads a field: a type/length byte and what it announces. Sections are those of the Platform Management FRU
 * Information Storage Definition v1.0, revision 1.3.
 * @returns text without padding, binary data as hex digits; undefined where no field follows any more
 * @throws {DecodeError} if the field is longer than its area
 */
export function readField(reader: Reader, characters: Characters): string | undefined {
  if (reader.left === 0) return undefined;
  const typeLength = reader.u8();
  if (typeLength === END_OF_FIELDS) return undefined;
  return decodeField(typeLength >> 6, reader.copy(typeLength & 0x3f), characters);
}

function decodeField(type: number, bytes: Buffer, characters: Characters): string {
  switch (type) {
    case 0:
      return bytes.toString("hex");
    case 1:
      // The most significant digit comes first, unlike in SDRs.
      return trimmed(bytes.toString("hex").replace(/./g, (digit) => BCD_PLUS.charAt(parseInt(digit, 16))));
    case 2:
      return trimmed(decodeSixBitAscii(bytes));
    default:
      return trimmed(
        characters === "latin1"
          ? bytes.toString("latin1")
          : bytes.subarray(0, bytes.length & ~1).toString("utf16le"),
      );
  }
}

function trimmed(text: string): string {
  return text.replace(/^[\0 ]+|[\0 ]+$/g, "");
}
