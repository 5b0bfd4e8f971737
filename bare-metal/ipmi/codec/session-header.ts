import { DecodeError } from "./reader";
import { encodeRmcp, openRmcp, RmcpClass } from "./rmcp";

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
  return Buffer.concat([encodeRmcp(RmcpClass.ipmi), header(payloadType, 0, 0, payload.length), payload]);
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
  const head = header(payloadType | ENCRYPTED | AUTHENTICATED, sessionId, sequence, payload.length);
  // Pad length and next header count too: the covered bytes are a multiple of four.
  const pad = (4 - ((head.length + payload.length + 2) % 4)) % 4;
  const trailer = Buffer.alloc(pad + 2, 0xff);
  trailer.writeUInt8(pad, pad);
  trailer.writeUInt8(NEXT_HEADER, pad + 1);
  const covered = Buffer.concat([head, payload, trailer]);
  return Buffer.concat([encodeRmcp(RmcpClass.ipmi), covered, authenticate(covered)]);
}

/**
 * Takes a datagram apart without believing any of it.
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
  const payload = reader.copy(reader.u16());
  const authenticated = (type & AUTHENTICATED) !== 0;
  const packet = {
    payloadType: type & 0x3f,
    encrypted: (type & ENCRYPTED) !== 0,
    authenticated,
    sessionId,
    sequence,
    payload,
  };
  // Link layers pad short frames, so bytes may follow; outside a session they mean nothing.
  if (!authenticated) return { ...packet, covered: Buffer.alloc(0), authCode: Buffer.alloc(0) };
  const trailer = reader.rest();
  const authCode = trailer.subarray(trailer.length - authCodeLength);
  const padLength = trailer[trailer.length - authCodeLength - 2];
  const nextHeader = trailer[trailer.length - authCodeLength - 1];
  if (trailer.length < authCodeLength + 2 || nextHeader !== NEXT_HEADER) {
    throw new DecodeError("session trailer", "too short or without its next header field");
  }
  if (padLength !== trailer.length - authCodeLength - 2) {
    throw new DecodeError("session trailer", "pad length does not fit");
  }
  const covered = Buffer.from(datagram.subarray(4, datagram.length - authCodeLength));
  return { ...packet, covered, authCode };
}

function header(type: number, sessionId: number, sequence: number, length: number): Buffer {
  const head = Buffer.alloc(HEADER);
  head.writeUInt8(RMCP_PLUS, 0);
  head.writeUInt8(type, 1);
  head.writeUInt32LE(sessionId, 2);
  head.writeUInt32LE(sequence, 6);
  head.writeUInt16LE(length, 10);
  return head;
}
