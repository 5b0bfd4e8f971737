import type { Health } from "../bmc/driver";
import { textAt } from "./json";

const HEALTH: ReadonlyMap<string, Health> = new Map([
  ["OK", "ok"],
  ["Warning", "warning"],
  ["Critical", "critical"],
]);

/** Health of the Resource schema. */
export function healthOf(text: string | undefined): Health {
  return HEALTH.get(text ?? "") ?? "unknown";
}

/** State of a Status in words; empty for one that simply works. `StandbyOffline` becomes `Standby offline`. */
export function statesOf(body: unknown): string[] {
  const state = textAt(body, "Status", "State");
  if (state === undefined || state === "" || state === "Enabled") return [];
  const words = state.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return [words.charAt(0).toUpperCase() + words.slice(1)];
}
