import { decodeLanReply, encodeLanRequest } from "../codec/lan-message";
import { DecodeError } from "../codec/reader";
import { decodeSessionless, encodeSessionless } from "../codec/sessionless";
import {
  IpmiAbortedError,
  IpmiCompletionError,
  IpmiMalformedReplyError,
  IpmiUnreachableError,
} from "../errors";
import {
  AUTHENTICATION_CAPABILITIES,
  type AuthenticationCapabilities,
  decodeAuthenticationCapabilities,
  encodeAuthenticationCapabilities,
} from "../messages/authentication-capabilities";
import { completionAdvice, completionInWords } from "../messages/completion-codes";
import { exchange, type ExchangeContext } from "../transport/exchange";

const COMMAND = "Get Channel Authentication Capabilities";

/** Asks what the BMC offers, without a session. The answer is not authenticated: a hint, not a fact. */
export async function askCapabilities(
  context: ExchangeContext,
  host: string,
  level: number,
): Promise<AuthenticationCapabilities> {
  const { netFn, code } = AUTHENTICATION_CAPABILITIES;
  const sequence = context.random(1).readUInt8(0) & 0x3f;
  const request = encodeSessionless(
    encodeLanRequest(netFn, code, sequence, encodeAuthenticationCapabilities(level)),
  );
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
  if (outcome.kind === "aborted") throw new IpmiAbortedError(host, COMMAND);
  if (outcome.kind === "silence") {
    throw new IpmiUnreachableError(
      host,
      COMMAND,
      `no answer (sent ${outcome.sent} times)`,
      "address and port of the BMC, and that IPMI over LAN is enabled",
    );
  }
  const { completion, data } = outcome.value;
  if (completion !== 0) {
    const words = completionInWords(completion);
    throw new IpmiCompletionError(host, COMMAND, completion, words, completionAdvice(completion));
  }
  try {
    return decodeAuthenticationCapabilities(data);
  } catch (error) {
    if (error instanceof DecodeError) throw new IpmiMalformedReplyError(host, COMMAND, error.message);
    throw error;
  }
}
