import type { Milliseconds } from "../../../base/units";

/** Gains and weight of RFC 6298, section 2.3. */
const ALPHA = 1 / 8;
const BETA = 1 / 4;
const VARIATIONS = 4;

/** What is known of the time that a peer takes to answer, and how long to wait for it (RFC 6298, section 2). */
export class RoundTrip {
  private smoothed: Milliseconds | undefined;
  private variation: Milliseconds = 0;

  /**
   * @param floor least wait: a BMC that is quick at one command may be slow at the next. Default 200 ms
   * @param ceiling longest wait. Default 4 s
   */
  constructor(
    private readonly floor: Milliseconds = 200,
    private readonly ceiling: Milliseconds = 4_000,
  ) {}

  /** Wait before a datagram counts as lost; undefined before the first sample. */
  get timeout(): Milliseconds | undefined {
    if (this.smoothed === undefined) return undefined;
    const wait = this.smoothed + VARIATIONS * this.variation;
    return Math.min(Math.max(wait, this.floor), this.ceiling);
  }

  /** Takes in the time to an answer. Only for what was sent once: otherwise nobody knows which one was answered. */
  sample(time: Milliseconds): void {
    if (this.smoothed === undefined) {
      this.smoothed = time;
      this.variation = time / 2;
      return;
    }
    this.variation += BETA * (Math.abs(this.smoothed - time) - this.variation);
    this.smoothed += ALPHA * (time - this.smoothed);
  }
}
