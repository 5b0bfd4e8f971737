import type { Ipmi } from "../client";
import { IpmiArgumentError } from "../errors";
import { labelOf } from "../label";
import { realClock } from "../transport/exchange";
import { RoundTrip } from "../transport/round-trip";
import { openSharedUdp } from "../transport/shared-udp";
import { arrivals } from "./arrivals";
import { type Common, Member } from "./member";
import type { FleetOptions, FleetResult, FleetTarget } from "./options";
import { Slots } from "./slots";

/** Silent BMCs that are waited for beside those under way: an end to what a dead network can make this side hold. */
const MOST_QUIET = 4096;
/** Idle sessions end after 60 seconds, give or take 3 (IPMI 2.0 section 6.12.15). */
const KEEP_ALIVE = 30_000;

/**
 * Many BMCs, asked over a few sockets. Remembers of each how fast it answers and whether it keeps silent, and, if
 * wanted, its session. Each target is asked through {@link Ipmi}, so whatever that can do, a fleet can.
 */
export class Fleet {
  private readonly members = new Map<string, Member>();
  private readonly common: Common;
  private readonly parallel: number;

  /** @throws {IpmiArgumentError} */
  constructor(options: FleetOptions = {}) {
    const { parallel = 64, sockets = 2, breakAfter = 2, cooldown = 30_000, keepSessions = false } = options;
    const { timeout = 200, retries = 4, clock = realClock, random } = options;
    need(parallel, 1, 4096, "parallel");
    need(sockets, 1, 64, "sockets");
    need(breakAfter, 1, 1000, "breakAfter");
    need(cooldown, 0, 86_400_000, "cooldown");
    this.parallel = parallel;
    this.common = {
      udp: openSharedUdp(sockets),
      roundTrip: new RoundTrip(timeout),
      options: {
        clock,
        timeout,
        retries,
        ...(random && { random }),
        ...(keepSessions && { keepAlive: KEEP_ALIVE }),
      },
      clock,
      keepSessions,
      breaker: { failures: breakAfter, cooldown },
    };
  }

  /**
   * Asks each target once. Results come as they arrive, one for each target, whatever happens: failures are results
   * too. Sessions that are not kept are closed before the loop ends, also when it is left early.
   * @param work what to ask of one BMC
   * @param signal ends what is under way; targets not asked yet yield an `IpmiAbortedError`
   */
  async *each<T, Target extends FleetTarget>(
    targets: Iterable<Target>,
    work: (ipmi: Ipmi, target: Target) => Promise<T>,
    signal?: AbortSignal,
  ): AsyncGenerator<FleetResult<T, Target>, void, undefined> {
    const stop = new AbortController();
    const ends = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
    let asking = Promise.resolve();
    try {
      yield* arrivals<FleetResult<T, Target>>((emit) => (asking = this.ask(targets, work, emit, ends)));
    } finally {
      stop.abort();
      await asking;
    }
  }

  /**
   * The same with a callback, which costs less for each target.
   * @param emit gets each result as it arrives. It must not throw.
   */
  async ask<T, Target extends FleetTarget>(
    targets: Iterable<Target>,
    work: (ipmi: Ipmi, target: Target) => Promise<T>,
    emit: (result: FleetResult<T, Target>) => void,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<void> {
    const [places, slots] = [new Slots(this.parallel + MOST_QUIET), new Slots(this.parallel)];
    const running = new Map<Promise<void>, Member>();
    // One listener for all: a signal looks through its listeners whenever one is removed.
    const abort = () => running.forEach((member) => member.abort(signal));
    signal.addEventListener("abort", abort, { once: true });
    for (const target of targets) {
      const leave = await places.take();
      const release = await slots.take();
      const member = this.memberFor(target);
      const ended = member.run({ target, work, signal, emit, onQuiet: release }).then(() => {
        release();
        leave();
        running.delete(ended);
      });
      running.set(ended, member);
    }
    await Promise.all(running.keys());
    signal.removeEventListener("abort", abort);
  }

  /** Closes the sessions that were kept, and the sockets. Never fails; the fleet is of no use afterwards. */
  async close(): Promise<void> {
    await Promise.all([...this.members.values()].map((member) => member.close()));
    this.members.clear();
    await this.common.udp.close();
  }

  private memberFor({ host, port = 623 }: FleetTarget): Member {
    const label = labelOf(host, port);
    let member = this.members.get(label);
    if (!member) this.members.set(label, (member = new Member(label, this.common)));
    return member;
  }
}

function need(value: number, low: number, high: number, name: string): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw new IpmiArgumentError("fleet", "options", `${name} = ${value}`, `a whole number, ${low} to ${high}`);
}
