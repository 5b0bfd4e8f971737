/** How many machines of one group may be under way at once, and when to stop. */
export interface WaveLimits {
  /** Such as a role. */
  readonly group: string;
  /** Machines in service that may be taken out of it at once; 1 or more. */
  readonly changesAtOnce: number;
  /** Machines that may boot at once which are not in service; 1 or more. */
  readonly bootsAtOnce: number;
  /** After so many failures of the group nothing more is begun; 1 or more. */
  readonly stopAfter: number;
}

/** One queue of machines, as it stands. Names are unique. */
export interface Wave {
  readonly atOnce: number;
  readonly stopAfter: number;
  readonly waiting: readonly string[];
  readonly underWay: readonly string[];
  readonly failed: readonly string[];
}

/** Which of those that wait begin now, in their order. */
export function nextOfWave(wave: Wave): string[] {
  if (isStopped(wave)) return [];
  return wave.waiting.slice(0, Math.max(0, wave.atOnce - wave.underWay.length));
}

/** Whether too many have failed for another to be begun. */
export function isStopped({ failed, stopAfter }: Pick<Wave, "failed" | "stopAfter">): boolean {
  return failed.length >= stopAfter;
}

/**
 * How many of `count` machines that is: a number, or a share such as `25%`, rounded down.
 * @returns at least 1, so that it never stands still, and at most `count`; undefined if the text is neither
 */
export function machinesAtOnce(limit: number | string, count: number): number | undefined {
  const share = /^([1-9]\d?|100)%$/.exec(String(limit));
  const whole = /^[1-9]\d{0,5}$/.exec(String(limit));
  if (!share && !whole) return undefined;
  const machines = share ? Math.floor((count * Number(share[1])) / 100) : Number(limit);
  return Math.max(1, Math.min(machines, count));
}
