import type { Milliseconds } from "../../../base/units";

/** When a BMC is left alone, and for how long. */
export interface BreakerPolicy {
  /** Times without an answer, one after the other, until it is. */
  readonly failures: number;
  readonly cooldown: Milliseconds;
}

/** Circuit breaker of one BMC: one that keeps silent is not asked again for a while, then once to see. */
export class Breaker {
  private failures = 0;
  private openUntil = -Infinity;

  constructor(
    readonly policy: BreakerPolicy,
    private readonly now: () => Milliseconds,
  ) {}

  /** How long the BMC is still left alone; 0 if it may be asked. */
  get rest(): Milliseconds {
    return Math.max(0, this.openUntil - this.now());
  }

  answered(): void {
    this.failures = 0;
  }

  silent(): void {
    this.failures += 1;
    if (this.failures >= this.policy.failures) this.openUntil = this.now() + this.policy.cooldown;
  }
}
