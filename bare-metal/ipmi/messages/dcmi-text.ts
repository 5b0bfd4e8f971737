import type { Command } from "./command";
import { dcmiCommand } from "./dcmi";

/** Bytes that a command carries at most. */
export const TEXT_PIECE = 16;

/** A piece of a text that the BMC keeps. */
export interface TextPiece {
  /** Bytes of the whole text. */
  readonly total: number;
  readonly bytes: Buffer;
}

/** A text that is read and written in pieces: its commands and its length. */
export interface DcmiText {
  readonly name: "Asset Tag" | "Management Controller Identifier String";
  readonly getCode: number;
  readonly setCode: number;
  /** Bytes, without the null that ends it. */
  readonly longest: number;
  /** Whether a null byte is sent after it. */
  readonly terminated: boolean;
  /** Completion codes by which the BMC says how a text of its FRU data is encoded; the bytes come along. */
  readonly encodings: readonly number[];
}

/** DCMI 1.5 sections 6.4.2 and 6.4.3. */
export const assetTag: DcmiText = {
  name: "Asset Tag",
  getCode: 0x06,
  setCode: 0x08,
  longest: 63,
  terminated: false,
  encodings: [0x80, 0x81, 0x82, 0x83],
};

/** DCMI 1.5 section 6.4.6. */
export const controllerIdString: DcmiText = {
  name: "Management Controller Identifier String",
  getCode: 0x09,
  setCode: 0x0a,
  longest: 63,
  terminated: true,
  encodings: [],
};

/** Get Asset Tag, Get Management Controller Identifier String. Need user. @param count 1 to 16 */
export function getTextPiece(text: DcmiText, offset: number, count: number): Command<TextPiece> {
  return dcmiCommand({
    name: `Get ${text.name}`,
    code: text.getCode,
    data: [offset, count],
    alsoAnswers: text.encodings,
    read(reader) {
      const total = reader.u8();
      reader.expect(total <= text.longest + 1, `a text of ${total} bytes, ${text.longest} are the most`);
      return { total, bytes: reader.copy(Math.min(reader.left, count)) };
    },
  });
}

/**
 * Set Asset Tag, Set Management Controller Identifier String. Need operator. The text then ends where the piece does.
 * @param bytes 1 to 16
 * @returns bytes of the whole text
 */
export function setTextPiece(text: DcmiText, offset: number, bytes: Uint8Array): Command<number> {
  return dcmiCommand({
    name: `Set ${text.name}`,
    code: text.setCode,
    data: [offset, bytes.length, ...bytes],
    read: (reader) => reader.u8(),
  });
}
