import { setTimeout as sleep } from "node:timers/promises";
import { runLifecycle, systemClock } from "../../bare-metal/lifecycle";
import type { Goal } from "../../bare-metal/lifecycle";
import { MachineInMemory, VirtualClock } from "../../tests/fixtures/machine-in-memory";

/** How long parts of a machine's life take, in milliseconds. */
export interface Delays {
  readonly identity: number;
  readonly power: number;
  readonly boot: number;
}

/** Where an Ironic drives real servers: two calls of the BMC, and firmware, network boot and system until the report. */
export const IRONIC: Delays = { identity: 2_000, power: 3_000, boot: 200_000 };

const READY: Goal = { become: "ready", timeout: 600_000, grace: 0 };

/** A clock of which the time passes by itself. */
class PassingClock extends VirtualClock {
  override now = systemClock.now;
  override sleep = systemClock.sleep;
  override at(delay: number, happen: () => unknown): void {
    setTimeout(happen, delay);
  }
}

/** Brings a machine in memory from registered to ready. @param delays Default: none. */
export function bring(delays: Delays = { identity: 0, power: 0, boot: 0 }): ReturnType<typeof runLifecycle> {
  const clock = new PassingClock();
  const behaviour = { bootTime: delays.boot, report: "ready", shutdownTime: 0 } as const;
  const { backend, bootService } = new MachineInMemory(behaviour, clock);
  const slow = async <T>(ms: number, work: () => Promise<T>): Promise<T> => {
    if (ms > 0) await sleep(ms);
    return work();
  };
  return runLifecycle(READY, {
    backend: {
      ...backend,
      identity: () => slow(delays.identity, backend.identity),
      power: (action) => slow(delays.power, () => backend.power(action)),
    },
    bootService,
    clock,
    signal: new AbortController().signal,
  });
}
