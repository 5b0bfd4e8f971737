import type { Milliseconds } from "../../../base/units";

/** Gains and weight of RFC 6298, section 2.3. */
const ALPHA = 1 / 8;
const BETA = 1 / 4;
const VARIATIONS = 4;

/** What is known of the time that a peer takes to answer, and how long to wait for it (RFC 6298). */
export class RoundTrip {
  private smoothed: Milliseconds | undefined;
  private variation: Milliseconds = 0;
  /** Grows while answers come after a repeat only. */
  private backoff = 1;

  /**
   * @param floor least wait: a BMC that is quick at one command may be slow at the next. Default 200 ms
   * @param ceiling longest wait. Default 2 s
   * @param others what is known of others on the same way: stands in until this peer has answered, and learns with it
   */
  constructor(
    private readonly floor: Milliseconds = 200,
    private readonly ceiling: Milliseconds = 2_000,
    private readonly others?: RoundTrip,
  ) {}

  /** Wait before a datagram counts as lost; undefined before anything is known. */
  get timeout(): Milliseconds | undefined {
    if (this.smoothed === undefined && this.backoff === 1) return this.others?.timeout;
    const wait = (this.smoothed ?? 0) + VARIATIONS * this.variation;
    return Math.min(Math.max(wait, this.floor) * this.backoff, this.ceiling);
  }

  /** Takes in the time to an answer to what was sent once (section 2). */
  sample(time: Milliseconds): void {
    this.others?.sample(time);
    this.backoff = 1;
    if (this.smoothed === undefined) {
      this.smoothed = time;
      this.variation = time / 2;
      return;
    }
    this.variation += BETA * (Math.abs(this.smoothed - time) - this.variation);
    this.smoothed += ALPHA * (time - this.smoothed);
  }

  /**
   * An answer came after a repeat: nobody knows to which of the two. Waits double until one comes without (sections
   * 3 and 5.5), or repeats would keep a peer that is slow from ever answering in time.
   */
  late(): void {
    this.others?.late();
    if (Math.max(this.smoothed ?? 0, this.floor) * this.backoff < this.ceiling) this.backoff *= 2;
  }
}
