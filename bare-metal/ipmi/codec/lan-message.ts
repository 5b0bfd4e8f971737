import type { ControllerPath } from "./controller-path";
import { readerOf } from "./reader";

const BMC = 0x20;
const CONSOLE = 0x81;
const APP = 0x06;
/** Send Message, section 22.7. */
export const SEND_MESSAGE = 0x34;
/** The BMC, or the controller in between, sees to it that the answer comes back to whoever asked (table 22-9). */
const TRACK = 0x40;
/** Bytes of a message around its data: six in front, a checksum behind. */
const FRAME = 7;

/** The answer to a request, out of its LAN message (IPMI 2.0 section 13.8). */
export interface LanReply {
  /** Network function of the response: odd. */
  readonly netFn: number;
  /** 0 to 63, as the request had it. */
  readonly sequence: number;
  readonly code: number;
  readonly completion: number;
  readonly data: Buffer;
  /** Who says that it answers; some BMCs put their own address here for controllers behind them. */
  readonly from: number;
}

/** What is asked, and of whom. */
export interface LanRequest {
  /** Even, 0 to 3Eh. */
  readonly netFn: number;
  readonly code: number;
  readonly data: Buffer;
  /** Logical unit of who answers, 0 to 3. Default 0. */
  readonly lun?: number;
  /** The controller that answers. Default: the BMC. */
  readonly path?: ControllerPath | undefined;
}

/** A request to the BMC, or within Send Message (section 22.7) to a controller behind it. @param sequence 0 to 63 */
export function encodeLanRequest({ netFn, code, data, lun = 0, path }: LanRequest, sequence: number): Buffer {
  const hops = path ? hopsOf(path) : [];
  // One buffer, so that a caller can wipe what it sent.
  const message = Buffer.alloc(data.length + FRAME + hops.length * (FRAME + 1));
  let at = 0;
  let to = BMC;
  for (const { address, channel } of hops) {
    head(message, at, { to, from: CONSOLE, netFn: APP, lun: 0, sequence, code: SEND_MESSAGE });
    message[at + 6] = TRACK | channel;
    at += FRAME;
    to = address;
  }
  // On a bus, answers go to who leads it: the BMC, and a controller in between that has a bus of its own, is 20h there.
  head(message, at, { to, from: hops.length > 0 ? BMC : CONSOLE, netFn, lun, sequence, code });
  data.copy(message, at + 6);
  let end = at + 6 + data.length;
  for (; at >= 0; at -= FRAME, end += 1) message[end] = -sum(message, at + 3, end);
  return message;
}

/** @throws {DecodeError} */
export function decodeLanReply(message: Buffer): LanReply {
  const reader = readerOf(message, "LAN message");
  reader.expect(message.length >= 8, `too short: ${message.length} bytes, 8 needed at least`);
  reader.expect(sum(message, 0, 3) === 0, "wrong checksum of the header");
  reader.expect(sum(message, 3, message.length) === 0, "wrong checksum of the data");
  reader.skip(1);
  const netFn = reader.u8() >> 2;
  reader.skip(1);
  const from = reader.u8();
  const sequence = reader.u8() >> 2;
  const code = reader.u8();
  const completion = reader.u8();
  const data = reader.copy(reader.left - 1);
  return { netFn, sequence, code, completion, data, from };
}

/** In the order in which a message passes them; each with the channel on which it is reached. */
function hopsOf({ transit, ...target }: ControllerPath) {
  return transit ? [transit, target] : [target];
}

interface Head {
  readonly to: number;
  readonly from: number;
  readonly netFn: number;
  readonly lun: number;
  readonly sequence: number;
  readonly code: number;
}

function head(message: Buffer, at: number, { to, from, netFn, lun, sequence, code }: Head): void {
  message[at] = to;
  message[at + 1] = (netFn << 2) | lun;
  message[at + 2] = -sum(message, at, at + 2);
  message[at + 3] = from;
  message[at + 4] = (sequence & 0x3f) << 2;
  message[at + 5] = code;
}

/** Of the bytes from `start` to before `end`, modulo 256. A checksum is its two's complement: with it the sum is 0. */
function sum(bytes: Buffer, start: number, end: number): number {
  let total = 0;
  for (let at = start; at < end; at += 1) total += bytes[at] ?? 0;
  return total & 0xff;
}
