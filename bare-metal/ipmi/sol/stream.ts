import { Duplex } from "node:stream";
import { DecodeError } from "../codec/reader";
import { IpmiClosedError, IpmiConsoleLostError, IpmiTimeoutError } from "../errors";
import type { PayloadChannel } from "../session/payload-channel";
import { deactivated } from "./holder";
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
  /** Why the BMC has given the console away; undefined: it has not, or does not tell. Never fails. */
  loss(): Promise<IpmiConsoleLostError | undefined>;
  /** Deactivates the payload. Never fails. */
  deactivate(): Promise<void>;
}

const NOTHING = Buffer.alloc(0);
/** Characters that wait for a slow reader before acknowledgements are held back. */
const HELD_BACK_AT = 64 * 1024;

/**
 * A machine's serial console. Writing waits until the BMC has taken the characters. A reader that does not read
 * holds acknowledgements back, so that the BMC sends no more; what the BMC then drops is lost, and `overrun` tells.
 * Events besides those of a stream: `break` and `overrun`. It fails with {@link IpmiConsoleLostError} when the console
 * is deactivated by somebody else, and when the session is lost; what the machine wrote before is read first.
 */
export class SolStream extends Duplex {
  private readonly receiver = new SolReceiver();
  private readonly sender: SolSender;
  private readerIsFull = false;
  private taken: IpmiConsoleLostError | undefined;
  private channel: PayloadChannel | undefined;

  constructor(private readonly support: SolSupport) {
    super({ readableHighWaterMark: HELD_BACK_AT, allowHalfOpen: false });
    this.sender = new SolSender(
      support.retry,
      charactersFor(support.inboundSize),
      (packet) => this.transmit(packet),
      (sent) => void this.unacknowledged(sent),
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
    if (this.destroyed || this.taken) return;
    try {
      const packet = decodeSol(payload);
      this.sender.acknowledged(packet);
      const characters = this.receiver.take(packet);
      if (characters && characters.length > 0) this.readerIsFull = !this.push(Buffer.from(characters));
      if (characters) this.acknowledge();
      if (packet.break) this.emit("break");
      if (packet.overrun) this.emit("overrun");
      if (packet.deactivated) this.takenAway(deactivated(this.support.label));
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }

  /** The console is no longer this session's. Deactivating it would take it from who has it now. */
  takenAway(error: IpmiConsoleLostError): void {
    if (this.destroyed || this.taken) return;
    this.taken = error;
    this.channel?.close();
    this.channel = undefined;
    this.sender.end(error);
    this.failWhenRead();
  }

  /** The session is gone. */
  lose(error: Error | undefined): void {
    this.channel = undefined;
    const { label } = this.support;
    this.destroy(
      error instanceof IpmiTimeoutError
        ? new IpmiConsoleLostError(
            label,
            "the BMC no longer answers",
            "its network, and whether it restarted",
          )
        : (error ?? new IpmiClosedError(label, "serial over LAN")),
    );
  }

  override read(size?: number): unknown {
    const characters: unknown = super.read(size);
    this.failWhenRead();
    return characters;
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

  private failWhenRead(): void {
    if (this.taken && this.readableLength === 0) this.destroy(this.taken);
  }

  private async unacknowledged(sent: number): Promise<void> {
    const loss = await this.support.loss();
    if (loss) return this.takenAway(loss);
    const problem = `characters were not acknowledged (sent ${sent} times)`;
    const check = "whether the BMC still serves its console";
    this.destroy(new IpmiConsoleLostError(this.support.label, problem, check));
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
