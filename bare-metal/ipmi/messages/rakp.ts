import { readerOf } from "../codec/reader";

/** RAKP Message 1 (IPMI 2.0 section 13.20). */
export function encodeRakp1(
  tag: number,
  bmcSessionId: number,
  random: Buffer,
  role: number,
  user: Buffer,
): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt8(tag, 0);
  head.writeUInt32LE(bmcSessionId, 4);
  return Buffer.concat([head, random, Buffer.from([role, 0, 0, user.length]), user]);
}

/**
 * RAKP Message 3 (section 13.22).
 * @param status other than 0 tells the BMC to give the session up; the code is empty then
 */
export function encodeRakp3(tag: number, bmcSessionId: number, code: Buffer, status = 0): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt8(tag, 0);
  head.writeUInt8(status, 1);
  head.writeUInt32LE(bmcSessionId, 4);
  return Buffer.concat([head, code]);
}

interface RakpHead {
  readonly tag: number;
  /** 0 is success; with any other status the rest is absent. */
  readonly status: number;
  readonly consoleSessionId: number | undefined;
}

export interface Rakp2 extends RakpHead {
  readonly accepted: { readonly random: Buffer; readonly guid: Buffer; readonly code: Buffer } | undefined;
}

export interface Rakp4 extends RakpHead {
  readonly accepted: { readonly code: Buffer } | undefined;
}

/**
 * RAKP Message 2 (section 13.21).
 * @param codeLength bytes of the suite's digest
 * @throws {DecodeError}
 */
export function decodeRakp2(payload: Buffer, codeLength: number): Rakp2 {
  const reader = readerOf(payload, "RAKP Message 2");
  const head = rakpHead(reader);
  if (head.status !== 0) return { ...head, accepted: undefined };
  const accepted = { random: reader.copy(16), guid: reader.copy(16), code: reader.copy(codeLength) };
  reader.end();
  return { ...head, accepted };
}

/**
 * RAKP Message 4 (section 13.23).
 * @param codeLength bytes of the suite's integrity check value
 * @throws {DecodeError}
 */
export function decodeRakp4(payload: Buffer, codeLength: number): Rakp4 {
  const reader = readerOf(payload, "RAKP Message 4");
  const head = rakpHead(reader);
  if (head.status !== 0) return { ...head, accepted: undefined };
  const accepted = { code: reader.copy(codeLength) };
  reader.end();
  return { ...head, accepted };
}

function rakpHead(reader: ReturnType<typeof readerOf>): RakpHead {
  const tag = reader.u8();
  const status = reader.u8();
  if (status !== 0 && reader.left < 6) return { tag, status, consoleSessionId: undefined };
  reader.skip(2);
  return { tag, status, consoleSessionId: reader.u32() };
}
