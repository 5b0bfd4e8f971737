import type { Milliseconds } from "../../../base/units";
import type { SolOperation, SolReply } from "./packet";

/** A packet with a number of its own, which the BMC acknowledges. */
export interface Numbered {
  readonly sequence: number;
  readonly characters: Buffer;
  readonly operation?: SolOperation;
}

/** When to send again (IPMI 2.0 section 15.11). */
export interface SolRetry {
  /** Wait for an acknowledgement, and before characters that were refused are sent again. */
  readonly interval: Milliseconds;
  /** Repeats of a packet that nobody acknowledges. */
  readonly retries: number;
}

interface Item {
  readonly characters: Buffer;
  readonly operation?: SolOperation;
  readonly done: (error?: Error) => void;
}

/** Sends packets one after the other, each until the BMC acknowledges it. What it takes in part goes on from there. */
export class SolSender {
  private readonly queue: Item[] = [];
  private underWay: { packet: Numbered; sent: number } | undefined;
  private sequence = 0;
  private timer: NodeJS.Timeout | undefined;
  private ended: Error | undefined;

  /**
   * @param most characters in one packet
   * @param send puts a packet on the way
   * @param onSilence called once, when a packet was not acknowledged in all its repeats
   */
  constructor(
    private readonly retry: SolRetry,
    private readonly most: number,
    private readonly send: (packet: Numbered) => void,
    private readonly onSilence: (sent: number) => void,
  ) {}

  /** @param done called once, when the BMC has taken all of it */
  add(item: Item): void {
    if (this.ended) return item.done(this.ended);
    this.queue.push(item);
    if (!this.underWay && !this.timer) this.next();
  }

  acknowledged({ acknowledges, accepted, refused }: SolReply): void {
    if (!this.underWay || acknowledges !== this.underWay.packet.sequence) return;
    const { characters } = this.underWay.packet;
    const [item] = this.queue;
    this.stopTimer();
    this.underWay = undefined;
    if (!item) return;
    const taken = Math.min(accepted, characters.length);
    const left = item.characters.subarray(taken);
    if (left.length === 0 && !(refused && characters.length === 0)) {
      this.queue.shift();
      item.done();
      // What is done next may have been added by that.
      if (!this.underWay && !this.timer) this.next();
      return;
    }
    this.queue[0] = { ...item, characters: left };
    // A line that takes nothing is asked again later.
    if (taken > 0) this.next();
    else this.timer = setTimeout(() => this.next(), this.retry.interval);
  }

  /** Ends all that waits. */
  end(error: Error): void {
    this.ended = error;
    this.stopTimer();
    this.underWay = undefined;
    for (const { done } of this.queue.splice(0)) done(error);
  }

  private next(): void {
    this.timer = undefined;
    const [item] = this.queue;
    if (!item) return;
    this.sequence = (this.sequence % 15) + 1;
    const { operation } = item;
    const packet = {
      sequence: this.sequence,
      characters: item.characters.subarray(0, this.most),
      ...(operation ? { operation } : {}),
    };
    this.underWay = { packet, sent: 0 };
    this.transmit();
  }

  private transmit(): void {
    if (!this.underWay) return;
    const { packet, sent } = this.underWay;
    if (sent > this.retry.retries) return this.onSilence(sent);
    this.underWay.sent += 1;
    this.timer = setTimeout(() => this.transmit(), this.retry.interval);
    this.send(packet);
  }

  private stopTimer(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
