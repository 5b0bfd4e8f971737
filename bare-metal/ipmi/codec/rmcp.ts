import { type Reader, readerOf } from "./reader";

/** RMCP message classes (IPMI 2.0 table 13-8). */
export const RmcpClass = { asf: 0x06, ipmi: 0x07 } as const;

const VERSION = 0x06;
const NO_ACK = 0xff;

/** Bytes of the RMCP header. */
export const RMCP_HEADER = 4;

/** The RMCP header (IPMI 2.0 section 13.1.3). IPMI never asks for RMCP acknowledgements. */
export function encodeRmcp(rmcpClass: number): Buffer {
  const header = Buffer.alloc(RMCP_HEADER);
  writeRmcp(header, rmcpClass);
  return header;
}

/** The same at the start of a packet. */
export function writeRmcp(packet: Buffer, rmcpClass: number): void {
  packet.writeUInt8(VERSION, 0);
  packet.writeUInt8(0, 1);
  packet.writeUInt8(NO_ACK, 2);
  packet.writeUInt8(rmcpClass, 3);
}

/**
 * Reads the header and leaves the reader behind it.
 * @throws {DecodeError} for another version, another class, or an acknowledgement
 */
export function openRmcp(datagram: Buffer, rmcpClass: number): Reader {
  const reader = readerOf(datagram, "RMCP");
  reader.expect(reader.u8() === VERSION, "another RMCP version");
  reader.skip(2);
  reader.expect(reader.u8() === rmcpClass, "another RMCP class, or an acknowledgement");
  return reader;
}
