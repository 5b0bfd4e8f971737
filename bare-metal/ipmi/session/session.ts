import { inspect } from "node:util";
import { decodeLanReply, encodeLanRequest, type LanReply } from "../codec/lan-message";
import { DecodeError } from "../codec/reader";
import { decodePacket, encodeSealedPacket, type Packet, PayloadType } from "../codec/session-header";
import type { SessionKeys } from "../crypto/keys";
import { IpmiAbortedError, IpmiTimeoutError } from "../errors";
import { closeSession } from "../messages/close-session";
import type { Command } from "../messages/command";
import { BUSY_CODES } from "../messages/completion-codes";
import { exchange, type ExchangeContext, type Outcome } from "../transport/exchange";
import { Bridging } from "./bridging";
import { readReply } from "./reply";
import { ReplayWindow } from "./window";

/** A BMC that drops a closed session no longer answers: repeats of a close need not slow down. */
const CLOSE_RETRIES = 5;
const LAST_SEQUENCE = 0xffffffff;

/** Gets what arrives of a payload type, decrypted. It must not throw. */
export type PayloadListener = (payload: Buffer) => void;

/** An open session: everything sent is encrypted and authenticated, everything else received is dropped. */
export class Session {
  readonly #keys: SessionKeys;
  private readonly window = new ReplayWindow();
  private readonly payloads = new Map<number, PayloadListener>();
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
   * @param signal ends it. Default: the one that the session was opened with
   * @throws {IpmiError}
   */
  send<Reply>(command: Command<Reply>, signal = this.context.signal): Promise<Reply> {
    const { context } = this;
    const reply = this.sendUntilDone(command, signal === context.signal ? context : { ...context, signal });
    return command.secret ? reply.finally(() => command.data.fill(0)) : reply;
  }

  /** Sends a payload of another type than IPMI messages, once. Its own protocol sees to losses. */
  sendPayload(type: number, payload: Buffer): void {
    this.context.transport.send(this.seal(type, payload));
  }

  /** Hands what arrives of a payload type to the listener; undefined ends that. */
  onPayload(type: number, listener: PayloadListener | undefined): void {
    if (listener) this.payloads.set(type, listener);
    else this.payloads.delete(type);
    this.listenBetween();
  }

  /** Closes the session and wipes its keys. Never fails: a BMC that is gone forgets the session by itself. */
  async close(): Promise<void> {
    this.payloads.clear();
    const retry = { timeout: this.context.retry.timeout, retries: CLOSE_RETRIES, ceiling: 1 };
    await this.ask(closeSession(this.bmcSessionId), { ...this.context, retry, signal: undefined });
    this.#keys.wipe();
  }

  /** Sends one Close Session and waits for nothing: for a process that ends now. */
  farewell(): void {
    const command = closeSession(this.bmcSessionId);
    this.sendPayload(PayloadType.ipmi, encodeLanRequest(command, this.requests + 1));
  }

  [inspect.custom](): string {
    return `Session { ${this.host}, suite ${this.#keys.suite.id}, keys hidden }`;
  }

  private async sendUntilDone<Reply>(command: Command<Reply>, context: ExchangeContext): Promise<Reply> {
    const { retry, clock, signal } = context;
    const bridging = command.path && new Bridging(this.host, command, command.path);
    for (let attempt = 0; ; attempt += 1) {
      const reply = await this.ask(command, context, bridging);
      if (reply.kind === "aborted") throw new IpmiAbortedError(this.host, command.name);
      if (reply.kind === "silence") {
        throw (
          bridging?.silence(reply.sent) ??
          new IpmiTimeoutError(this.host, command.name, `sent ${reply.sent} times`, true)
        );
      }
      const notNow = BUSY_CODES.has(reply.value.completion) || bridging?.collided(reply.value);
      if (notNow && attempt < retry.retries && !signal?.aborted) {
        await new Promise<void>((resolve) => void clock.after(retry.timeout, resolve));
        continue;
      }
      bridging?.expectPassed(reply.value);
      return readReply(this.host, command, reply.value);
    }
  }

  private ask(
    command: Command<unknown>,
    context: ExchangeContext,
    bridging?: Bridging,
  ): Promise<Outcome<LanReply>> {
    this.requests = (this.requests + 1) & 0x3f;
    const request = encodeLanRequest(command, this.requests);
    let first: Buffer | undefined;
    const outcome = exchange(
      bridging ? { ...context, retry: { ...context.retry, unmeasured: true } } : context,
      () => {
        if (command.onlyOnce && first) return first;
        first = this.seal(PayloadType.ipmi, request);
        return first;
      },
      (datagram) => this.match(command, datagram, bridging),
    );
    if (!command.secret && this.payloads.size === 0) return outcome;
    return outcome.finally(() => {
      if (command.secret) request.fill(0);
      this.listenBetween();
    });
  }

  /** Other payloads arrive also while no question is under way. */
  private listenBetween(): void {
    if (this.payloads.size > 0) this.context.transport.listen((datagram) => void this.receive(datagram));
  }

  private seal(type: number, payload: Buffer): Buffer {
    this.sequence = this.sequence === LAST_SEQUENCE ? 1 : this.sequence + 1;
    const sealed = this.#keys.encrypt(this.context.random(16), payload);
    return encodeSealedPacket(type, this.bmcSessionId, this.sequence, sealed, (covered) =>
      this.#keys.authenticate(covered),
    );
  }

  /** The answer to the command under way, or undefined for anything that is not it. */
  private match(
    command: Command<unknown>,
    datagram: Buffer,
    bridging: Bridging | undefined,
  ): LanReply | undefined {
    const message = this.receive(datagram);
    if (message === undefined) return undefined;
    try {
      const reply = decodeLanReply(message);
      if (reply.sequence !== this.requests) return undefined;
      if (bridging) return bridging.answer(reply);
      return reply.netFn === command.netFn + 1 && reply.code === command.code ? reply : undefined;
    } catch (error) {
      if (error instanceof DecodeError) return undefined;
      throw error;
    }
  }

  /** An IPMI message out of a packet that is authentic and new; other payloads go to their listeners. */
  private receive(datagram: Buffer): Buffer | undefined {
    try {
      const packet = decodePacket(datagram, this.#keys.suite.authCodeLength);
      if (!this.isAuthentic(packet) || !this.window.accept(packet.sequence)) return undefined;
      const payload = this.#keys.decrypt(packet.payload);
      if (packet.payloadType === PayloadType.ipmi) return payload;
      this.payloads.get(packet.payloadType)?.(payload);
      return undefined;
    } catch (error) {
      if (error instanceof DecodeError) return undefined;
      throw error;
    }
  }

  private isAuthentic(packet: Packet): boolean {
    return (
      packet.sessionId === this.consoleSessionId &&
      packet.encrypted &&
      packet.authenticated &&
      this.#keys.verifies(packet.covered, packet.authCode)
    );
  }
}
