/** How far behind and ahead of the highest number a packet may be (IPMI 2.0 section 6.12.13). */
const BEHIND = 16;
const AHEAD = 15;
const NUMBERS = 2 ** 32;

/**
 * Anti-replay window over the BMC's session sequence numbers, 32 bits that start over at 1: each number counts once.
 * Show it packets of verified integrity only, or anyone could move it.
 */
export class ReplayWindow {
  private highest: number;
  /** Bit n: `highest - n` was seen. */
  private seen = 0xffffffff;

  /** @param highest this number and all before it count as seen. Default 0: nothing was received yet. */
  constructor(highest = 0) {
    this.highest = highest;
  }

  /** Whether the number is new; remembers it. Number 0 is for packets outside a session. */
  accept(sequence: number): boolean {
    if (!Number.isInteger(sequence) || sequence <= 0 || sequence >= NUMBERS) return false;
    // As a signed distance, so that 1 comes after 2^32 - 1 (and 0, which is never sent, lies between them).
    const ahead = (sequence - this.highest) | 0;
    if (ahead > AHEAD || ahead < -BEHIND) return false;
    if (ahead > 0) {
      this.seen = ((this.seen << ahead) | 1) >>> 0;
      this.highest = sequence;
      return true;
    }
    const bit = (1 << -ahead) >>> 0;
    if ((this.seen & bit) !== 0) return false;
    this.seen = (this.seen | bit) >>> 0;
    return true;
  }
}
