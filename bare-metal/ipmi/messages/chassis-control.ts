import { type Command, NetFn } from "./command";

/** What to do with the machine's power. `soft` asks the operating system; `diag` is a diagnostic interrupt (NMI). */
export type PowerAction = "off" | "on" | "cycle" | "reset" | "diag" | "soft";

const ACTIONS: Readonly<Record<PowerAction, number>> = {
  off: 0,
  on: 1,
  cycle: 2,
  reset: 3,
  diag: 4,
  soft: 5,
};

export const POWER_ACTIONS = Object.keys(ACTIONS) as readonly PowerAction[];

/** Chassis Control, IPMI 2.0 section 28.3. Needs operator. `cycle` does nothing to a machine that is off. */
export function chassisControl(action: PowerAction): Command<void> {
  const once = action === "off" || action === "on" ? {} : { onlyOnce: true as const };
  return {
    name: `Chassis Control (${action})`,
    netFn: NetFn.chassis,
    code: 0x02,
    data: Buffer.from([ACTIONS[action]]),
    ...once,
    decode() {
      // The answer holds a completion code only.
    },
  };
}
