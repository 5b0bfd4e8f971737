import { setTimeout as sleep } from "node:timers/promises";
import type { Milliseconds } from "./units";

/**
 * Polls until the probe yields a value.
 * @param what Named in the error, as the condition that was not met.
 * @throws {Error} when the deadline passes; the last error of the probe is the cause
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  {
    timeout,
    interval = 100,
    signal,
  }: { timeout: Milliseconds; interval?: Milliseconds; signal?: AbortSignal },
): Promise<T> {
  const deadline = Date.now() + timeout;
  let last: unknown;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= deadline) {
      const because = last instanceof Error ? `: ${last.message}` : "";
      throw new Error(`${what}: not so after ${Math.round(timeout / 1000)} s${because}`, { cause: last });
    }
    await sleep(interval);
  }
}
