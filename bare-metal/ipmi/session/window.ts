/** How far behind and ahead of the highest number a packet may be (IPMI 2.0 section 6.12.13). */
const BEHIND = 16;
const AHEAD = 15;

/**
 * Anti-replay window over the BMC's session sequence numbers: each number counts once.
 * Show it packets of verified integrity only, or anyone could move it.
 */
export class ReplayWindow {
  private highest = 0;
  /** Bit n: `highest - n` was seen. */
  private seen = 1;

  /** Whether the number is new; remembers it. Number 0 is for packets outside a session. */
  accept(sequence: number): boolean {
    if (!Number.isInteger(sequence) || sequence <= 0 || sequence > 0xffffffff) return false;
    const ahead = sequence - this.highest;
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
