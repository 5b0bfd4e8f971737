import type { Milliseconds } from "../../base/units";
import type { BootRecord } from "./backend";

/** Power supplies and boards suffer, and a loop helps nobody: so many power-ons in that time, and a person must look. */
export const BREAKER: { readonly cycles: number; readonly within: Milliseconds } = {
  cycles: 3,
  within: 30 * 60_000,
};

/** Why no further power-on may be sent now; undefined if one may. */
export function brokenCircuit(record: BootRecord | undefined, now: number): string | undefined {
  // Orders that seem to lie in the future, because a clock was set back, count too.
  const lately = (record?.orders ?? []).filter(
    ({ at, power }) => power === "on" && Date.parse(at) > now - BREAKER.within,
  );
  if (lately.length < BREAKER.cycles) return undefined;
  return `it was switched on ${lately.length} times within ${BREAKER.within / 60_000} minutes`;
}
