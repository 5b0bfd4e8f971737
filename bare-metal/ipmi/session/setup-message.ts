import { DecodeError } from "../codec/reader";
import { decodePacket, encodeBarePacket, type PayloadType } from "../codec/session-header";
import { exchange, type ExchangeContext, type Outcome } from "../transport/exchange";

interface SetupReply {
  readonly tag: number;
  readonly consoleSessionId: number | undefined;
}

/**
 * One question of the session set-up: sent bare, answered bare, matched by payload type, tag and console session ID.
 * An error without a session ID is matched by type and tag.
 */
export function askForSetup<Reply extends SetupReply>(
  context: ExchangeContext,
  question: { type: (typeof PayloadType)[keyof typeof PayloadType]; tag: number; payload: Buffer },
  consoleSessionId: number,
  decode: (payload: Buffer) => Reply,
): Promise<Outcome<Reply>> {
  const datagram = encodeBarePacket(question.type, question.payload);
  return exchange(
    context,
    () => datagram,
    (answer) => {
      try {
        const packet = decodePacket(answer, 0);
        if (packet.encrypted || packet.authenticated || packet.sessionId !== 0) return undefined;
        if (packet.payloadType !== question.type + 1) return undefined;
        const reply = decode(packet.payload);
        const ours = reply.consoleSessionId === undefined || reply.consoleSessionId === consoleSessionId;
        return reply.tag === question.tag && ours ? reply : undefined;
      } catch (error) {
        if (error instanceof DecodeError) return undefined;
        throw error;
      }
    },
  );
}
