import { addressInWords, type ControllerPath, pathInWords } from "../codec/controller-path";
import { decodeLanReply, type LanReply, SEND_MESSAGE } from "../codec/lan-message";
import { IpmiBridgeError, IpmiPrivilegeError } from "../errors";
import type { Command } from "../messages/command";
import { completionAdvice, completionInWords } from "../messages/completion-codes";

const APP_RESPONSE = 0x07;
const INSUFFICIENT_PRIVILEGE = 0xd4;
const LOST_ARBITRATION = 0x81;
/** Of Send Message (IPMI 2.0 section 22.7). */
const COMPLETION_CODES: Readonly<Record<number, string>> = {
  0x80: "invalid session handle",
  [LOST_ARBITRATION]: "lost arbitration on the bus",
  0x82: "bus error",
  0x83: "NAK on write: nothing there takes messages",
};

/**
 * One command on its way to a controller behind the BMC (IPMI 2.0 section 22.7). Whoever passes it on confirms that
 * by an answer to Send Message, without data or with the controller's answer in it; without, that comes by itself.
 */
export class Bridging {
  /** The BMC took it. */
  private acknowledged = false;

  constructor(
    private readonly host: string,
    private readonly command: Command<unknown>,
    private readonly path: ControllerPath,
  ) {}

  /**
   * The controller's answer, or a refusal to pass the command on; undefined for anything else.
   * @param reply with the request's sequence
   * @throws {DecodeError} if there is a message within that is none
   */
  answer(reply: LanReply): LanReply | undefined {
    if (!isOfBridge(reply)) {
      const { netFn, code } = this.command;
      return reply.netFn === netFn + 1 && reply.code === code ? reply : undefined;
    }
    if (reply.completion !== 0) return reply;
    this.acknowledged = true;
    return reply.data.length > 0 ? this.answer(decodeLanReply(reply.data)) : undefined;
  }

  /** Whether the bus was taken just then: nothing was sent, so that it may be sent again whatever it is. */
  collided(reply: LanReply): boolean {
    return isOfBridge(reply) && reply.completion === LOST_ARBITRATION;
  }

  /** @throws {IpmiBridgeError} {IpmiPrivilegeError} if this is a refusal to pass the command on */
  expectPassed(reply: LanReply): void {
    if (!isOfBridge(reply)) return;
    const { host, command, path } = this;
    const { completion, from } = reply;
    const who =
      path.transit && from === path.transit.address
        ? `controller ${addressInWords(path.transit)}`
        : "the BMC";
    const words = completionInWords(completion, COMPLETION_CODES);
    const problem = `${who} did not pass it on: completion code 0x${completion.toString(16).padStart(2, "0")} (${words})`;
    if (completion === INSUFFICIENT_PRIVILEGE) {
      throw new IpmiPrivilegeError(host, command.name, problem, completionAdvice(completion));
    }
    throw new IpmiBridgeError(
      host,
      command.name,
      problem,
      completion in COMPLETION_CODES
        ? "address and channel of the controller, and whether it has power"
        : "whether the BMC passes messages on, and the channel",
      completion,
      // The bus broke down while the message was on it.
      completion === 0x82,
    );
  }

  /** What silence means; undefined where the BMC itself did not answer. */
  silence(sent: number): IpmiBridgeError | undefined {
    if (!this.acknowledged) return undefined;
    return new IpmiBridgeError(
      this.host,
      this.command.name,
      `passed on ${sent === 1 ? "once" : `${sent} times`}, and no answer came; it may have been carried out`,
      `${pathInWords(this.path)}: whether it has power and answers others`,
      undefined,
      true,
    );
  }
}

function isOfBridge({ netFn, code }: LanReply): boolean {
  return netFn === APP_RESPONSE && code === SEND_MESSAGE;
}
