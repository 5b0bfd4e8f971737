import { Duplex } from "node:stream";
import { DecodeError } from "../codec/reader";
import { IpmiClosedError, IpmiTimeoutError } from "../errors";
import type { PayloadChannel } from "../session/payload-channel";
import { charactersFor, decodeSol, encodeSol, type SolOperation } from "./packet";
import { SolReceiver } from "./receiver";
import { type Numbered, type SolRetry, SolSender } from "./sender";

/** What a stream needs of who made it. */
export interface SolSupport {
  /** `host:port`, for errors. */
  readonly label: string;
  readonly retry: SolRetry;
  /** Bytes of a payload to the BMC, as it told at activation. */
  readonly inboundSize: number;
  /** Deactivates the payload. Never fails. */
  deactivate(): Promise<void>;
}

const NOTHING = Buffer.alloc(0);
/** Characters that wait for a slow reader before acknowledgements are held back. */
const HELD_BACK_AT = 64 * 1024;

/**
 * A machine's serial console. Writing waits until the BMC has taken the characters. A reader that does not read
 * holds acknowledgements back, so that the BMC sends no more; what the BMC then drops is lost, and `overrun` tells.
 * Events besides those of a stream: `break` and `overrun`. It ends when the BMC deactivates it, and fails with an
 * {@link IpmiError} when the session is lost.
 */
export class SolStream extends Duplex {
  private readonly receiver = new SolReceiver();
  private readonly sender: SolSender;
  private readerIsFull = false;
  private isOver = false;
  private channel: PayloadChannel | undefined;

  constructor(private readonly support: SolSupport) {
    super({ readableHighWaterMark: HELD_BACK_AT, allowHalfOpen: false });
    this.sender = new SolSender(
      support.retry,
      charactersFor(support.inboundSize),
      (packet) => this.transmit(packet),
      (sent) =>
        this.destroy(new IpmiTimeoutError(support.label, "serial over LAN", `sent ${sent} times`, true)),
    );
    this.once("finish", () => this.destroy());
  }

  /** The stream is useless before. */
  attach(channel: PayloadChannel): void {
    this.channel = channel;
  }

  /** Sends a break on the serial line. Resolves when the BMC has taken it. */
  sendBreak(): Promise<void> {
    return this.operate({ sendBreak: true });
  }

  /** Makes the BMC drop characters that it holds for the line (`inbound`), or for this side (`outbound`). */
  flush(side: "inbound" | "outbound"): Promise<void> {
    return this.operate(side === "inbound" ? { flushInbound: true } : { flushOutbound: true });
  }

  /** Takes a packet from the BMC. Anything that is none changes nothing. */
  receive(payload: Buffer): void {
    if (this.destroyed || this.isOver) return;
    try {
      const packet = decodeSol(payload);
      this.sender.acknowledged(packet);
      const characters = this.receiver.take(packet);
      if (characters && characters.length > 0) this.readerIsFull = !this.push(Buffer.from(characters));
      if (characters) this.acknowledge();
      if (packet.break) this.emit("break");
      if (packet.overrun) this.emit("overrun");
      if (packet.deactivated) this.finishReading();
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }

  /** The session is gone. */
  lose(error: Error | undefined): void {
    this.channel = undefined;
    this.destroy(error ?? new IpmiClosedError(this.support.label, "serial over LAN"));
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.sender.add({ characters: chunk, done });
  }

  override _read(): void {
    if (!this.readerIsFull) return;
    this.readerIsFull = false;
    this.acknowledge();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.sender.end(error ?? new IpmiClosedError(this.support.label, "serial over LAN"));
    const deactivated = this.channel ? this.support.deactivate() : Promise.resolve();
    void deactivated.then(() => {
      this.channel?.close();
      done(error);
    });
  }

  private finishReading(): void {
    this.isOver = true;
    this.push(null);
  }

  private operate(operation: SolOperation): Promise<void> {
    return new Promise((resolve, reject) => {
      this.sender.add({
        characters: NOTHING,
        operation,
        done: (error) => (error ? reject(error) : resolve()),
      });
    });
  }

  private acknowledge(): void {
    const acknowledgement = this.receiver.acknowledgement;
    if (!acknowledgement || this.readerIsFull) return;
    this.channel?.send(encodeSol({ sequence: 0, ...acknowledgement, characters: NOTHING }));
  }

  private transmit({ sequence, characters, operation }: Numbered): void {
    const packet = { sequence, acknowledges: 0, accepted: 0, characters };
    this.channel?.send(encodeSol(operation ? { ...packet, operation } : packet));
  }
}
