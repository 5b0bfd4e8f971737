import { decodeLanReply, encodeLanRequest } from "../codec/lan-message";
import { DecodeError } from "../codec/reader";
import { decodeSessionless, encodeSessionless } from "../codec/sessionless";
import { IpmiAbortedError, IpmiUnreachableError } from "../errors";
import type { Command } from "../messages/command";
import { exchange, type ExchangeContext } from "../transport/exchange";
import { readReply } from "./reply";

/**
 * Asks what a BMC answers to anyone, without a session. The answer is not authenticated: a hint, not a fact.
 * @throws {IpmiError}
 */
export async function askSessionless<Reply>(
  context: ExchangeContext,
  host: string,
  command: Command<Reply>,
): Promise<Reply> {
  const { name, netFn, code } = command;
  const sequence = context.random(1).readUInt8(0) & 0x3f;
  const request = encodeSessionless(encodeLanRequest(command, sequence));
  const outcome = await exchange(
    context,
    () => request,
    (datagram) => {
      try {
        const reply = decodeLanReply(decodeSessionless(datagram));
        const ours = reply.sequence === sequence && reply.netFn === netFn + 1 && reply.code === code;
        return ours ? reply : undefined;
      } catch (error) {
        if (error instanceof DecodeError) return undefined;
        throw error;
      }
    },
  );
  if (outcome.kind === "aborted") throw new IpmiAbortedError(host, name);
  if (outcome.kind === "silence") {
    throw new IpmiUnreachableError(
      host,
      name,
      `no answer (sent ${outcome.sent} times)`,
      "address and port of the BMC, and that IPMI over LAN is enabled",
    );
  }
  return readReply(host, command, outcome.value);
}
