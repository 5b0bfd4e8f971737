import { readerOf } from "../codec/reader";

/** What a packet to the BMC asks for besides carrying characters (IPMI 2.0 table 15-2). */
export interface SolOperation {
  /** Sends a break on the serial line. */
  readonly sendBreak?: boolean;
  /** The BMC drops what it holds for the serial line. */
  readonly flushInbound?: boolean;
  /** The BMC drops what it holds for this side. */
  readonly flushOutbound?: boolean;
}

/** A packet to the BMC. */
export interface SolRequest {
  /** 1 to 15; 0 for a packet that is an acknowledgement alone, and is not acknowledged itself. */
  readonly sequence: number;
  /** Number of the packet that is acknowledged, 0 for none. */
  readonly acknowledges: number;
  /** Characters of that packet that were taken. */
  readonly accepted: number;
  readonly operation?: SolOperation;
  readonly characters: Buffer;
}

/** A packet from the BMC. */
export interface SolReply {
  readonly sequence: number;
  readonly acknowledges: number;
  readonly accepted: number;
  /** The acknowledged packet was refused, or taken in part. */
  readonly refused: boolean;
  /** The serial line can take nothing now. */
  readonly unavailable: boolean;
  /** Serial over LAN ends. */
  readonly deactivated: boolean;
  /** Characters from the serial line were lost. */
  readonly overrun: boolean;
  /** A break came over the serial line. */
  readonly break: boolean;
  readonly characters: Buffer;
}

/** Characters in one packet: the count of accepted ones is a byte, and the head of 4 counts as payload. */
export const MOST_CHARACTERS = 251;
const HEAD = 4;
const BREAK = 0x10;
const FLUSH_INBOUND = 0x02;
const FLUSH_OUTBOUND = 0x01;

/** SOL payload to the BMC (IPMI 2.0 section 15.9). */
export function encodeSol({
  sequence,
  acknowledges,
  accepted,
  operation = {},
  characters,
}: SolRequest): Buffer {
  const bits =
    (operation.sendBreak ? BREAK : 0) |
    (operation.flushInbound ? FLUSH_INBOUND : 0) |
    (operation.flushOutbound ? FLUSH_OUTBOUND : 0);
  return Buffer.concat([Buffer.from([sequence, acknowledges, accepted, bits]), characters]);
}

/** SOL payload from the BMC (IPMI 2.0 section 15.9). @throws {DecodeError} */
export function decodeSol(payload: Buffer): SolReply {
  const reader = readerOf(payload, "SOL payload");
  const [sequence, acknowledges, accepted, status] = [reader.u8(), reader.u8(), reader.u8(), reader.u8()];
  const bit = (n: number) => ((status >> n) & 1) === 1;
  return {
    sequence: sequence & 0x0f,
    acknowledges: acknowledges & 0x0f,
    accepted,
    refused: bit(6),
    unavailable: bit(5),
    deactivated: bit(4),
    overrun: bit(3),
    break: bit(2),
    characters: reader.rest(),
  };
}

/** How many characters a packet to the BMC may have. @param size as the BMC told; nonsense is put right */
export function charactersFor(size: number): number {
  return size > HEAD ? Math.min(size - HEAD, MOST_CHARACTERS) : MOST_CHARACTERS;
}
