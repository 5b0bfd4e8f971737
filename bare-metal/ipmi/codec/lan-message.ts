import { readerOf } from "./reader";

const BMC = 0x20;
const CONSOLE = 0x81;

/** The answer to a request, out of its LAN message (IPMI 2.0 section 13.8). */
export interface LanReply {
  /** Network function of the response: odd. */
  readonly netFn: number;
  /** 0 to 63, as the request had it. */
  readonly sequence: number;
  readonly code: number;
  readonly completion: number;
  readonly data: Buffer;
}

/** A request to the BMC. @param lun logical unit, 0 to 3 */
export function encodeLanRequest(
  netFn: number,
  code: number,
  sequence: number,
  data: Buffer,
  lun = 0,
): Buffer {
  // One buffer, so that a caller can wipe what it sent.
  const message = Buffer.alloc(data.length + 7);
  message[0] = BMC;
  message[1] = (netFn << 2) | lun;
  message[2] = -sum(message, 0, 2);
  message[3] = CONSOLE;
  message[4] = (sequence & 0x3f) << 2;
  message[5] = code;
  data.copy(message, 6);
  message[message.length - 1] = -sum(message, 3, message.length - 1);
  return message;
}

/** @throws {DecodeError} */
export function decodeLanReply(message: Buffer): LanReply {
  const reader = readerOf(message, "LAN message");
  reader.expect(message.length >= 8, `too short: ${message.length} bytes, 8 needed at least`);
  reader.expect(sum(message, 0, 3) === 0, "wrong checksum of the header");
  reader.expect(sum(message, 3, message.length) === 0, "wrong checksum of the data");
  // Some BMCs put their own address here; session, sequence and command say whose answer it is.
  reader.skip(1);
  const netFn = reader.u8() >> 2;
  reader.skip(2);
  const sequence = reader.u8() >> 2;
  const code = reader.u8();
  const completion = reader.u8();
  const data = reader.copy(reader.left - 1);
  return { netFn, sequence, code, completion, data };
}

/** Of the bytes from `start` to before `end`, modulo 256. A checksum is its two's complement: with it the sum is 0. */
function sum(bytes: Buffer, start: number, end: number): number {
  let total = 0;
  for (let at = start; at < end; at += 1) total += bytes[at] ?? 0;
  return total & 0xff;
}
