import { openRmcp, encodeRmcp, RmcpClass } from "./rmcp";

const NO_AUTHENTICATION = 0;

/**
 * A LAN message outside any session, in IPMI 1.5 format (IPMI 2.0 table 13-8). Only for what a BMC answers to
 * anyone: it is neither authenticated nor encrypted.
 */
export function encodeSessionless(message: Buffer): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt8(NO_AUTHENTICATION, 0);
  head.writeUInt8(message.length, 9);
  return Buffer.concat([encodeRmcp(RmcpClass.ipmi), head, message]);
}

/** @throws {DecodeError} for anything that belongs to a session */
export function decodeSessionless(datagram: Buffer): Buffer {
  const reader = openRmcp(datagram, RmcpClass.ipmi);
  reader.expect(reader.u8() === NO_AUTHENTICATION, "not outside a session");
  reader.skip(4);
  reader.expect(reader.u32() === 0, "belongs to a session");
  return reader.copy(reader.u8());
}
