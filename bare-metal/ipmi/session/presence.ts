import { decodePong, encodePing } from "../codec/asf";
import { DecodeError } from "../codec/reader";
import { exchange, type ExchangeContext } from "../transport/exchange";

/** Whether something answers an ASF presence ping (IPMI 2.0 section 13.2.3), and says that it speaks IPMI. */
export async function presencePing(context: ExchangeContext): Promise<"ipmi" | "no-ipmi" | "silent"> {
  // 255 stands for messages that want no answer.
  const tag = context.random(1).readUInt8(0) % 255;
  const retry = { ...context.retry, retries: Math.min(context.retry.retries, 1), ceiling: 1 };
  const outcome = await exchange(
    { ...context, retry },
    () => encodePing(tag),
    (datagram) => {
      try {
        const pong = decodePong(datagram);
        return pong.tag === tag ? pong : undefined;
      } catch (error) {
        if (error instanceof DecodeError) return undefined;
        throw error;
      }
    },
  );
  if (outcome.kind !== "answer") return "silent";
  return outcome.value.ipmi ? "ipmi" : "no-ipmi";
}
