/** So many at the same time. */
export class Slots {
  private readonly waiting: (() => void)[] = [];

  /** @param free at least 1 */
  constructor(private free: number) {}

  /** Waits for a free slot, in order. @returns gives it back; a second call does nothing */
  async take(): Promise<() => void> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    };
  }
}
