import { encodeRmcp, openRmcp, RmcpClass } from "./rmcp";

const ASF_IANA = 4542;
const PING = 0x80;
const PONG = 0x40;

/** ASF presence ping (IPMI 2.0 section 13.2.3). */
export function encodePing(tag: number): Buffer {
  const message = Buffer.alloc(8);
  message.writeUInt32BE(ASF_IANA, 0);
  message.writeUInt8(PING, 4);
  message.writeUInt8(tag, 5);
  return Buffer.concat([encodeRmcp(RmcpClass.asf), message]);
}

/** ASF presence pong (IPMI 2.0 section 13.2.4). */
export interface Pong {
  readonly tag: number;
  /** Whether the sender says that it speaks IPMI. */
  readonly ipmi: boolean;
}

/** @throws {DecodeError} */
export function decodePong(datagram: Buffer): Pong {
  const reader = openRmcp(datagram, RmcpClass.asf);
  reader.expect(reader.copy(4).readUInt32BE(0) === ASF_IANA, "not ASF");
  reader.expect(reader.u8() === PONG, "no presence pong");
  const tag = reader.u8();
  reader.skip(1);
  reader.expect(reader.u8() >= 16, "data too short");
  reader.skip(8);
  const entities = reader.u8();
  reader.skip(7);
  return { tag, ipmi: (entities & 0x80) !== 0 };
}
