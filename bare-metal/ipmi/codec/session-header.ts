import { DecodeError } from "./reader";
import { openRmcp, RMCP_HEADER, RmcpClass, writeRmcp } from "./rmcp";

/** RMCP+ payload types (IPMI 2.0 table 13-16). */
export const PayloadType = {
  ipmi: 0x00,
  sol: 0x01,
  openSessionRequest: 0x10,
  openSessionResponse: 0x11,
  rakp1: 0x12,
  rakp2: 0x13,
  rakp3: 0x14,
  rakp4: 0x15,
} as const;

const RMCP_PLUS = 0x06;
const ENCRYPTED = 0x80;
const AUTHENTICATED = 0x40;
const HEADER = 12;
const NEXT_HEADER = 0x07;
const NOTHING = Buffer.alloc(0);

/** An IPMI 2.0 session packet as it lies on the wire, behind the RMCP header (table 13-8). */
export interface Packet {
  readonly payloadType: number;
  readonly encrypted: boolean;
  readonly authenticated: boolean;
  readonly sessionId: number;
  readonly sequence: number;
  /** Still encrypted if `encrypted`. */
  readonly payload: Buffer;
  /** What the integrity check covers, from the authentication type to the next header field; empty if not authenticated. */
  readonly covered: Buffer;
  /** The integrity check value; empty if not authenticated. */
  readonly authCode: Buffer;
}

/** A packet outside a session: no encryption, no integrity, session and sequence 0. For session setup only. */
export function encodeBarePacket(payloadType: number, payload: Buffer): Buffer {
  const packet = Buffer.alloc(RMCP_HEADER + HEADER + payload.length);
  writeHeaders(packet, payloadType, 0, 0, payload.length);
  payload.copy(packet, RMCP_HEADER + HEADER);
  return packet;
}

/**
 * A packet inside a session, encrypted and authenticated; there is no way to ask for less.
 * @param payload encrypted already
 * @param authenticate gives the integrity check value of the bytes it is handed
 */
export function encodeSealedPacket(
  payloadType: number,
  sessionId: number,
  sequence: number,
  payload: Buffer,
  authenticate: (covered: Buffer) => Buffer,
): Buffer {
  const end = RMCP_HEADER + HEADER + payload.length;
  // Pad length and next header count too: the covered bytes are a multiple of four.
  const pad = (4 - ((HEADER + payload.length + 2) % 4)) % 4;
  const packet = Buffer.alloc(end + pad + 2, 0xff);
  writeHeaders(packet, payloadType | ENCRYPTED | AUTHENTICATED, sessionId, sequence, payload.length);
  payload.copy(packet, RMCP_HEADER + HEADER);
  packet.writeUInt8(pad, end + pad);
  packet.writeUInt8(NEXT_HEADER, end + pad + 1);
  return Buffer.concat([packet, authenticate(packet.subarray(RMCP_HEADER))]);
}

/**
 * Takes a datagram apart without believing any of it. The packet's buffers are parts of the datagram, not copies.
 * @param authCodeLength bytes of the integrity check value, 12 or 16
 * @throws {DecodeError} for anything but a well-formed RMCP+ packet; IPMI 1.5 packets are among that
 */
export function decodePacket(datagram: Buffer, authCodeLength: number): Packet {
  const reader = openRmcp(datagram, RmcpClass.ipmi);
  reader.expect(reader.u8() === RMCP_PLUS, "not an IPMI 2.0 session packet");
  const type = reader.u8();
  reader.expect((type & 0x3f) !== 0x02, "OEM payload");
  const sessionId = reader.u32();
  const sequence = reader.u32();
  const payload = reader.view(reader.u16());
  const authenticated = (type & AUTHENTICATED) !== 0;
  if (authenticated) checkTrailer(reader.view(reader.left), authCodeLength);
  const end = datagram.length - authCodeLength;
  return {
    payloadType: type & 0x3f,
    encrypted: (type & ENCRYPTED) !== 0,
    authenticated,
    sessionId,
    sequence,
    payload,
    // Link layers pad short frames, so bytes may follow; outside a session they mean nothing.
    covered: authenticated ? datagram.subarray(RMCP_HEADER, end) : NOTHING,
    authCode: authenticated ? datagram.subarray(end) : NOTHING,
  };
}

/** @throws {DecodeError} */
function checkTrailer(trailer: Buffer, authCodeLength: number): void {
  const padLength = trailer[trailer.length - authCodeLength - 2];
  const nextHeader = trailer[trailer.length - authCodeLength - 1];
  if (trailer.length < authCodeLength + 2 || nextHeader !== NEXT_HEADER) {
    throw new DecodeError("session trailer", "too short or without its next header field");
  }
  if (padLength !== trailer.length - authCodeLength - 2) {
    throw new DecodeError("session trailer", "pad length does not fit");
  }
}

function writeHeaders(
  packet: Buffer,
  type: number,
  sessionId: number,
  sequence: number,
  length: number,
): void {
  writeRmcp(packet, RmcpClass.ipmi);
  packet.writeUInt8(RMCP_PLUS, RMCP_HEADER);
  packet.writeUInt8(type, RMCP_HEADER + 1);
  packet.writeUInt32LE(sessionId, RMCP_HEADER + 2);
  packet.writeUInt32LE(sequence, RMCP_HEADER + 6);
  packet.writeUInt16LE(length, RMCP_HEADER + 10);
}
