import { setTimeout as delay } from "node:timers/promises";
import { IpmiTimeoutError } from "../errors";
import { clearSel } from "../messages/clear-sel";
import type { CommandRunner } from "../messages/runner";
import { withReservation } from "./reservation";

/** Milliseconds between two questions whether the erasure has ended. */
const INTERVAL = 200;

/**
 * Erases the event log and waits until it is empty.
 * @param patience milliseconds that the erasure may take
 * @throws {IpmiError} `IpmiTimeoutError` if it takes longer
 */
export async function clearEntries(runner: CommandRunner, patience: number): Promise<void> {
  const begun = performance.now();
  let erased = await withReservation(runner, (reservation) => runner.run(clearSel(reservation, "erase")));
  while (!erased) {
    if (performance.now() - begun >= patience) {
      throw new IpmiTimeoutError(runner.label, "Clear SEL", `still erasing after ${patience} ms`, true);
    }
    await delay(INTERVAL);
    erased = await withReservation(runner, (reservation) => runner.run(clearSel(reservation, "status")));
  }
}
