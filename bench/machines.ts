import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { runLifecycle, systemClock } from "../bare-metal/lifecycle";
import type { Goal } from "../bare-metal/lifecycle";
import { MachineInMemory, VirtualClock } from "../tests/fixtures/machine-in-memory";

const MACHINES = 1000;
/** How long the parts of a life take where an Ironic drives real servers, shortened to a tenth. */
const DELAYS = { identity: 200, power: 300, boot: 20_000 };
const READY: Goal = { become: "ready", timeout: 600_000, grace: 0 };

/** A clock of which the time passes by itself. */
class PassingClock extends VirtualClock {
  override now = systemClock.now;
  override sleep = systemClock.sleep;
  override at(delay: number, happen: () => unknown): void {
    setTimeout(happen, delay);
  }
}

async function bring(bootTime: number, delays?: typeof DELAYS): Promise<void> {
  const clock = new PassingClock();
  const machine = new MachineInMemory({ bootTime, report: "ready", shutdownTime: 0 }, clock);
  const { backend } = machine;
  const slow = async <T>(ms: number | undefined, work: () => Promise<T>): Promise<T> => {
    if (ms !== undefined) await sleep(ms);
    return work();
  };
  await runLifecycle(READY, {
    backend: {
      ...backend,
      identity: () => slow(delays?.identity, backend.identity),
      power: (action) => slow(delays?.power, () => backend.power(action)),
    },
    bootService: machine.bootService,
    clock,
    signal: new AbortController().signal,
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/**
 * Machines in memory from registered to ready, all at once, through the lifecycle alone: neither Pulumi's engine nor a
 * real boot service is part of it.
 */
export async function run(): Promise<Record<string, unknown>> {
  const all = (bootTime: number, delays?: typeof DELAYS) =>
    timed(() => Promise.all(Array.from({ length: MACHINES }, () => bring(bootTime, delays))));
  const bare = await all(0);
  const delayed = await all(DELAYS.boot, DELAYS);
  const ideal = (DELAYS.identity + DELAYS.power + DELAYS.boot) / 1000;
  return {
    machines: MACHINES,
    secondsWithoutDelays: Number(bare.toFixed(2)),
    secondsWithDelays: Number(delayed.toFixed(2)),
    secondsIdeal: ideal,
    overIdeal: Number((delayed / ideal).toFixed(3)),
  };
}
