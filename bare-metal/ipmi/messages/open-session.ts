import { readerOf } from "../codec/reader";
import type { CipherSuite } from "../crypto/suites";

/** RMCP+ Open Session Request (IPMI 2.0 section 13.17): 32 bytes, exactly one suite is proposed. */
export function encodeOpenSession(
  tag: number,
  privilege: number,
  consoleSessionId: number,
  suite: CipherSuite,
): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt8(tag, 0);
  head.writeUInt8(privilege, 1);
  head.writeUInt32LE(consoleSessionId, 4);
  const payload = (type: number, algorithm: number) => Buffer.from([type, 0, 0, 8, algorithm, 0, 0, 0]);
  return Buffer.concat([
    head,
    payload(0, suite.authentication),
    payload(1, suite.integrity),
    payload(2, suite.confidentiality),
  ]);
}

/** RMCP+ Open Session Response (section 13.18). */
export interface OpenSessionReply {
  readonly tag: number;
  /** 0 is success; with any other status the rest is absent. */
  readonly status: number;
  readonly consoleSessionId: number | undefined;
  readonly accepted:
    | {
        readonly bmcSessionId: number;
        readonly authentication: number;
        readonly integrity: number;
        readonly confidentiality: number;
      }
    | undefined;
}

/** @throws {DecodeError} */
export function decodeOpenSession(payload: Buffer): OpenSessionReply {
  const reader = readerOf(payload, "Open Session Response");
  const tag = reader.u8();
  const status = reader.u8();
  if (status !== 0) {
    // BMCs cut an error short at different places.
    if (reader.left < 6) return { tag, status, consoleSessionId: undefined, accepted: undefined };
    reader.skip(2);
    return { tag, status, consoleSessionId: reader.u32(), accepted: undefined };
  }
  reader.skip(2);
  const consoleSessionId = reader.u32();
  const bmcSessionId = reader.u32();
  const algorithm = (type: number): number => {
    reader.expect(reader.u8() === type, "payloads in another order");
    reader.skip(2);
    reader.expect(reader.u8() === 8, "no algorithm chosen");
    const chosen = reader.u8() & 0x3f;
    reader.skip(3);
    return chosen;
  };
  const accepted = {
    bmcSessionId,
    authentication: algorithm(0),
    integrity: algorithm(1),
    confidentiality: algorithm(2),
  };
  return { tag, status, consoleSessionId, accepted };
}
