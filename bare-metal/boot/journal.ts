import type { JournalEntry } from "./record";
import type { StoredMachine } from "./store";

/** Entries of each list that are kept. */
export const KEPT = 50;

/** What is known of a machine after the lifecycle wrote down what it is about to do. */
export function journaled(machine: StoredMachine, entry: JournalEntry, now: Date): StoredMachine {
  const at = now.toISOString();
  const { failure: failedBefore, rejected: rejectedBefore, orders: ordersBefore = [], ...rest } = machine;
  const state = entry.state ?? machine.state;
  const entered = state !== machine.state || machine.history.length === 0;
  const orders = [
    ...(entry.reset ? [] : ordersBefore),
    ...(entry.power === undefined ? [] : [{ at, power: entry.power }]),
  ].slice(-KEPT);
  const failure = entry.failure ? { at, ...entry.failure } : failedBefore;
  const keepsFailure = failure !== undefined && state === "failed" && (!entry.reset || entry.failure);
  const rejected = entry.rejected ? { at, ...entry.rejected } : entry.reset ? undefined : rejectedBefore;
  const disks = entry.forgetDisks && { recorded: undefined, own: undefined, inspected: undefined };
  return {
    ...rest,
    ...disks,
    state,
    history: (entered ? [...machine.history, { at, state }] : machine.history).slice(-KEPT),
    ...(orders.length > 0 && { orders }),
    ...(keepsFailure && { failure }),
    ...(rejected && { rejected }),
  };
}
