import { performance } from "node:perf_hooks";
import { bring, type Delays, IRONIC } from "./support/life-in-memory";

const MACHINES = 1000;
/** A tenth of what they are with real servers. */
const DELAYS: Delays = { identity: IRONIC.identity / 10, power: IRONIC.power / 10, boot: IRONIC.boot / 10 };

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
  const all = (delays?: Delays) =>
    timed(() => Promise.all(Array.from({ length: MACHINES }, () => bring(delays))));
  const bare = await all();
  const delayed = await all(DELAYS);
  const ideal = (DELAYS.identity + DELAYS.power + DELAYS.boot) / 1000;
  return {
    machines: MACHINES,
    secondsWithoutDelays: Number(bare.toFixed(2)),
    secondsWithDelays: Number(delayed.toFixed(2)),
    secondsIdeal: ideal,
    overIdeal: Number((delayed / ideal).toFixed(3)),
  };
}
