import { DecodeError } from "../codec/reader";
import { decodePacket, encodeBarePacket, PayloadType } from "../codec/session-header";
import { decodeOpenSession } from "../messages/open-session";
import { encodeRakp3 } from "../messages/rakp";
import type { Transport } from "../transport/transport";

const INVALID_INTEGRITY_CHECK = 0x0f;
/** Enough for every repeat of an Open Session Request, and an end to what a liar can make this side send. */
const MOST = 32;

/**
 * Tells a BMC to give a session up that was opened and not activated, by a RAKP message 3 with an error
 * (IPMI 2.0 section 13.22). Nothing waits for the answer.
 */
export function giveUpHalfOpen(transport: Transport, tag: number, bmcSessionId: number): void {
  const farewell = encodeRakp3(tag, bmcSessionId, Buffer.alloc(0), INVALID_INTEGRITY_CHECK);
  transport.send(encodeBarePacket(PayloadType.rakp3, farewell));
}

/**
 * A repeated Open Session Request opens another session on the BMC, which holds a slot until it times out.
 * Watches for answers to such repeats and gives those sessions up.
 * @param ours the session that is in use, as far as it is known
 */
export function giveUpRepeats(
  transport: Transport,
  tag: number,
  consoleSessionId: number,
  ours: () => number | undefined,
): (datagram: Buffer) => void {
  const done = new Set<number>();
  return (datagram) => {
    try {
      const packet = decodePacket(datagram, 0);
      if (packet.payloadType !== PayloadType.openSessionResponse || packet.sessionId !== 0) return;
      const reply = decodeOpenSession(packet.payload);
      const id = reply.accepted?.bmcSessionId;
      if (reply.tag !== tag || reply.consoleSessionId !== consoleSessionId) return;
      if (id === undefined || ours() === undefined || id === ours() || done.has(id) || done.size >= MOST)
        return;
      done.add(id);
      giveUpHalfOpen(transport, tag, id);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  };
}
