import { isStopped, nextOfWave, type WaveLimits } from "./wave";

/** What a machine asks its turn for. `resumed`: an earlier run began it, so it is counted and does not wait. */
export type TurnKind = "change" | "boot" | "resumed";

export interface Turn {
  /** @param well Whether the machine got where it should. */
  end(well: boolean): void;
}

interface Waiting {
  readonly name: string;
  readonly begin: () => void;
  readonly refuse: (reason: Error) => void;
  readonly note: (text: string) => void;
}
interface Queue {
  waiting: Waiting[];
  underWay: string[];
}

/**
 * Gives machines their turns, so that no group has more under way than it may: across all resources of one process,
 * which is one update.
 */
export class Turns {
  private readonly queues = new Map<string, Queue>();
  private readonly failed = new Map<string, string[]>();

  /**
   * Resolves when the machine may begin.
   * @param note Told what it waits for, again and again.
   * @throws {Error} naming those that failed, when too many of the group did before
   */
  async take(
    name: string,
    kind: TurnKind,
    limits: WaveLimits,
    { signal, note }: { readonly signal: AbortSignal; readonly note: (text: string) => void },
  ): Promise<Turn> {
    const key = `${limits.group} ${kind === "change" ? "changes" : "boots"}`;
    const queue = this.queues.get(key) ?? { waiting: [], underWay: [] };
    this.queues.set(key, queue);
    const move = (): void => this.move(queue, kind, limits);
    if (kind === "resumed") queue.underWay.push(name);
    else {
      await new Promise<void>((resolve, reject) => {
        const leave = (): void => {
          queue.waiting = queue.waiting.filter((w) => w !== waiting);
          reject(signal.reason as Error);
          move();
        };
        const settle = (then: () => void) => () => {
          signal.removeEventListener("abort", leave);
          then();
        };
        const refuse = (reason: Error): void => settle(() => reject(reason))();
        const waiting: Waiting = { name, begin: settle(resolve), refuse, note };
        if (signal.aborted) return reject(signal.reason as Error);
        signal.addEventListener("abort", leave, { once: true });
        queue.waiting.push(waiting);
        move();
      });
    }
    let ended = false;
    return {
      end: (well) => {
        if (ended) return;
        ended = true;
        queue.underWay = queue.underWay.filter((other) => other !== name);
        if (!well) this.failed.set(limits.group, [...(this.failed.get(limits.group) ?? []), name]);
        move();
      },
    };
  }

  private move(queue: Queue, kind: TurnKind, limits: WaveLimits): void {
    const failed = this.failed.get(limits.group) ?? [];
    const atOnce = kind === "change" ? limits.changesAtOnce : limits.bootsAtOnce;
    const { stopAfter, group } = limits;
    const { underWay } = queue;
    const begin = nextOfWave({
      atOnce,
      stopAfter,
      failed,
      underWay,
      waiting: queue.waiting.map((w) => w.name),
    });
    const beginning = queue.waiting.slice(0, begin.length);
    queue.waiting = queue.waiting.slice(begin.length);
    queue.underWay = [...underWay, ...begin];
    for (const waiting of beginning) waiting.begin();
    const left = queue.waiting;
    if (isStopped({ failed, stopAfter })) {
      queue.waiting = [];
      for (const waiting of left) {
        waiting.refuse(
          new Error(
            `not begun: ${failed.join(", ")} of ${group} failed before, and ${stopAfter} failures stop the rest; ` +
              "mend those and run again, or raise machines.waves.stopAfter",
          ),
        );
      }
    } else {
      left.forEach((waiting, i) =>
        waiting.note(
          `waits for its turn, ${i + 1} of ${left.length}: ${queue.underWay.join(", ")} of ${group} under way, ${atOnce} at once`,
        ),
      );
    }
  }
}
