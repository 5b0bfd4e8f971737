import { type RoomMachine, countGpus } from "./room";

/** GPUs that are kept for one course, on some of the room's machines. */
export interface GpuDemand {
  readonly course: string;
  readonly gpus: number;
  /** Names of the machines that may serve it. Default: all. */
  readonly machines?: readonly string[] | undefined;
}

/** Courses that together want more than the machines have that they are confined to. */
export interface Shortage {
  /** The demand that could not be met after those before it. */
  readonly course: string;
  /** GPUs that it could have had. */
  readonly fits: number;
  readonly demands: readonly GpuDemand[];
  readonly machines: readonly RoomMachine[];
  readonly wanted: number;
  readonly there: number;
}

/**
 * Whether the machines can keep GPUs for all demands at the same time. Pure.
 * @param demands The ones before have precedence: of several that are too much together, the last is the one that fails.
 * @returns the shortage of the first demand that cannot be met, undefined if there is none
 */
export function findShortage(
  demands: readonly GpuDemand[],
  machines: readonly RoomMachine[],
): Shortage | undefined {
  const placed = new Placement(demands, machines);
  for (const demand of demands) {
    for (let fits = 0; fits < demand.gpus; fits += 1) {
      const stuck = placed.add(demand);
      if (stuck === undefined) continue;
      const wanted = stuck.demands.reduce((sum, d) => sum + d.gpus, 0);
      return { course: demand.course, fits, ...stuck, wanted, there: countGpus(stuck.machines) };
    }
  }
  return undefined;
}

/** GPUs given out so far. What one course holds moves to another machine where that makes room (a maximum flow). */
class Placement {
  private readonly held: Map<RoomMachine, Map<GpuDemand, number>>;
  private readonly allowed: Map<GpuDemand, readonly RoomMachine[]>;

  constructor(demands: readonly GpuDemand[], machines: readonly RoomMachine[]) {
    this.held = new Map(machines.map((machine) => [machine, new Map<GpuDemand, number>()]));
    this.allowed = new Map(
      demands.map((d) => [d, machines.filter((m) => d.machines?.includes(m.name) ?? true)]),
    );
  }

  /** Gives one GPU more to a demand. @returns what is in the way if there is none: full machines, and who fills them */
  add(demand: GpuDemand): Pick<Shortage, "demands" | "machines"> | undefined {
    /** How each machine was reached: the demand that would get a GPU there. */
    const reachedFor = new Map<RoomMachine, GpuDemand>();
    /** The machine on which each demand would give up a GPU. */
    const leaves = new Map<GpuDemand, RoomMachine | undefined>([[demand, undefined]]);
    for (const taker of leaves.keys()) {
      for (const machine of this.allowed.get(taker) ?? []) {
        if (reachedFor.has(machine)) continue;
        reachedFor.set(machine, taker);
        const holders = this.held.get(machine) ?? new Map<GpuDemand, number>();
        if (sum(holders.values()) < machine.gpus) {
          this.shift(machine, reachedFor, leaves);
          return undefined;
        }
        for (const [holder, count] of holders)
          if (count > 0 && !leaves.has(holder)) leaves.set(holder, machine);
      }
    }
    return { demands: [...leaves.keys()], machines: [...reachedFor.keys()] };
  }

  /** Gives the free GPU of a machine to whom it was reached for, their old one to the next, and so on. */
  private shift(
    free: RoomMachine,
    reachedFor: ReadonlyMap<RoomMachine, GpuDemand>,
    leaves: ReadonlyMap<GpuDemand, RoomMachine | undefined>,
  ): void {
    for (let to: RoomMachine | undefined = free; to !== undefined;) {
      const taker: GpuDemand = reachedFor.get(to) as GpuDemand;
      const from: RoomMachine | undefined = leaves.get(taker);
      this.change(to, taker, +1);
      if (from !== undefined) this.change(from, taker, -1);
      to = from;
    }
  }

  private change(machine: RoomMachine, demand: GpuDemand, by: 1 | -1): void {
    const holders = this.held.get(machine);
    holders?.set(demand, (holders.get(demand) ?? 0) + by);
  }
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const n of numbers) total += n;
  return total;
}

/** When a course runs. Days such as `2026-10-01`, both included. Default: always. */
export interface Term {
  readonly firstDay?: string | undefined;
  readonly lastDay?: string | undefined;
}

/**
 * Who else runs while a course runs: for each day on which others begin, those that run on that day. Pure.
 * @returns the first day of each set; undefined for one that was always there
 */
export function atOnce<T extends Term>(
  own: Term,
  others: readonly T[],
): { readonly day: string | undefined; readonly others: readonly T[] }[] {
  const first = (term: Term) => term.firstDay ?? "";
  // Behind every day that there is.
  const last = (term: Term) => term.lastDay ?? "~";
  const days = new Set([
    first(own),
    ...others.map(first).filter((day) => first(own) < day && day <= last(own)),
  ]);
  return [...days].sort().map((day) => ({
    day: day === "" ? undefined : day,
    others: others.filter((other) => first(other) <= day && day <= last(other)),
  }));
}
