import { inspect } from "node:util";
import { decodeLanReply, encodeLanRequest, type LanReply } from "../codec/lan-message";
import { DecodeError } from "../codec/reader";
import { decodePacket, encodeSealedPacket, PayloadType } from "../codec/session-header";
import type { SessionKeys } from "../crypto/keys";
import {
  IpmiAbortedError,
  IpmiCompletionError,
  IpmiMalformedReplyError,
  IpmiPrivilegeError,
  IpmiTimeoutError,
} from "../errors";
import { closeSession } from "../messages/close-session";
import type { Command } from "../messages/command";
import { BUSY_CODES, completionAdvice, completionInWords } from "../messages/completion-codes";
import { exchange, type ExchangeContext } from "../transport/exchange";
import { ReplayWindow } from "./window";

const INSUFFICIENT_PRIVILEGE = 0xd4;
/** A BMC that drops a closed session no longer answers: repeats of a close need not slow down. */
const CLOSE_RETRIES = 5;

/** An open session: everything sent is encrypted and authenticated, everything else received is dropped. */
export class Session {
  readonly #keys: SessionKeys;
  private readonly window = new ReplayWindow();
  private sequence = 0;
  private requests = 0;

  constructor(
    private readonly context: ExchangeContext,
    private readonly host: string,
    private readonly consoleSessionId: number,
    private readonly bmcSessionId: number,
    keys: SessionKeys,
  ) {
    this.#keys = keys;
  }

  /**
   * Asks and waits for the answer. Not to be called again before that.
   * @throws {IpmiError}
   */
  async send<Reply>(command: Command<Reply>): Promise<Reply> {
    const { retry, signal } = this.context;
    for (let attempt = 0; ; attempt += 1) {
      const reply = await this.ask(command, this.context);
      if (reply.kind === "aborted") throw new IpmiAbortedError(this.host, command.name);
      if (reply.kind === "silence") {
        throw new IpmiTimeoutError(this.host, command.name, `sent ${reply.sent} times`, true);
      }
      const { completion } = reply.value;
      if (BUSY_CODES.has(completion) && attempt < retry.retries && !signal?.aborted) {
        await new Promise<void>((resolve) => void this.context.clock.after(retry.timeout, resolve));
        continue;
      }
      return this.read(command, reply.value);
    }
  }

  /** Closes the session and wipes its keys. Never fails: a BMC that is gone forgets the session by itself. */
  async close(): Promise<void> {
    const retry = { timeout: this.context.retry.timeout, retries: CLOSE_RETRIES, ceiling: 1 };
    await this.ask(closeSession(this.bmcSessionId), { ...this.context, retry, signal: undefined });
    this.#keys.wipe();
  }

  [inspect.custom](): string {
    return `Session { ${this.host}, suite ${this.#keys.suite.id}, keys hidden }`;
  }

  private ask(command: Command<unknown>, context: ExchangeContext) {
    this.requests = (this.requests + 1) & 0x3f;
    const request = encodeLanRequest(command.netFn, command.code, this.requests, command.data);
    let first: Buffer | undefined;
    return exchange(
      context,
      () => {
        if (command.onlyOnce && first) return first;
        first = this.seal(request);
        return first;
      },
      (datagram) => this.match(command, datagram),
    );
  }

  private seal(request: Buffer): Buffer {
    this.sequence += 1;
    const payload = this.#keys.encrypt(this.context.random(16), request);
    return encodeSealedPacket(PayloadType.ipmi, this.bmcSessionId, this.sequence, payload, (covered) =>
      this.#keys.authenticate(covered),
    );
  }

  /** The answer to the command under way, or undefined for anything that is not it. */
  private match(command: Command<unknown>, datagram: Buffer): LanReply | undefined {
    try {
      const packet = decodePacket(datagram, this.#keys.suite.authCodeLength);
      if (packet.sessionId !== this.consoleSessionId || packet.payloadType !== PayloadType.ipmi)
        return undefined;
      if (!packet.encrypted || !packet.authenticated) return undefined;
      if (!this.#keys.verifies(packet.covered, packet.authCode)) return undefined;
      if (!this.window.accept(packet.sequence)) return undefined;
      const reply = decodeLanReply(this.#keys.decrypt(packet.payload));
      const answers =
        reply.sequence === this.requests && reply.netFn === command.netFn + 1 && reply.code === command.code;
      return answers ? reply : undefined;
    } catch (error) {
      if (error instanceof DecodeError) return undefined;
      throw error;
    }
  }

  private read<Reply>(command: Command<Reply>, { completion, data }: LanReply): Reply {
    if (completion === INSUFFICIENT_PRIVILEGE) {
      const words = `completion code 0xd4 (${completionInWords(completion)})`;
      throw new IpmiPrivilegeError(this.host, command.name, words, completionAdvice(completion));
    }
    if (completion !== 0 && !command.alsoAnswers?.includes(completion)) {
      const words = completionInWords(completion, command.completionCodes);
      throw new IpmiCompletionError(this.host, command.name, completion, words, completionAdvice(completion));
    }
    try {
      return command.decode(data, completion);
    } catch (error) {
      if (error instanceof DecodeError) {
        throw new IpmiMalformedReplyError(this.host, command.name, error.message);
      }
      throw error;
    }
  }
}
