import { IpmiArgumentError, IpmiMalformedReplyError } from "../errors";
import { type DcmiText, getTextPiece, setTextPiece, TEXT_PIECE } from "../messages/dcmi-text";
import type { CommandRunner } from "../messages/runner";

/** Marks UTF-8; what has no mark is Latin 1 (DCMI 1.5 section 6.4.1). */
const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Reads a text piece by piece. */
export async function readText(runner: CommandRunner, text: DcmiText): Promise<string> {
  const pieces: Buffer[] = [];
  for (let at = 0, total = 1; at < total;) {
    // The BMC refuses to read past the longest text there may be.
    const command = getTextPiece(text, at, Math.min(TEXT_PIECE, text.longest - at));
    const piece = await runner.run(command);
    total = Math.min(piece.total, text.longest);
    if (piece.bytes.length === 0 && at < total) {
      const problem = `${at} of ${total} bytes, and then none`;
      throw new IpmiMalformedReplyError(runner.label, command.name, problem);
    }
    pieces.push(piece.bytes.subarray(0, total - at));
    at += piece.bytes.length;
  }
  return decodeText(Buffer.concat(pieces));
}

/**
 * Writes a text piece by piece.
 * @throws {IpmiArgumentError} if it is too long
 */
export async function writeText(runner: CommandRunner, text: DcmiText, value: string): Promise<void> {
  const encoded = encodeText(value);
  if (encoded.length > text.longest || value.includes("\0")) {
    throw new IpmiArgumentError(
      runner.label,
      `Set ${text.name}`,
      `a text of ${encoded.length} bytes`,
      `that it has at most ${text.longest} bytes (three of them mark UTF-8) and no null`,
    );
  }
  const bytes = text.terminated ? Buffer.concat([encoded, Buffer.of(0)]) : encoded;
  // An empty text is a piece too: it deletes what was there.
  for (let at = 0; at === 0 || at < bytes.length; at += TEXT_PIECE) {
    await runner.run(setTextPiece(text, at, bytes.subarray(at, at + TEXT_PIECE)));
  }
}

function decodeText(bytes: Buffer): string {
  const utf8 = bytes.subarray(0, UTF8_MARK.length).equals(UTF8_MARK);
  const text = utf8 ? bytes.subarray(UTF8_MARK.length).toString("utf8") : bytes.toString("latin1");
  return text.replace(/\0.*$/s, "");
}

function encodeText(value: string): Buffer {
  const latin1 = Buffer.from(value, "latin1");
  if (latin1.toString("latin1") === value) return latin1;
  return Buffer.concat([UTF8_MARK, Buffer.from(value, "utf8")]);
}
