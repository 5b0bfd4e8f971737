import type { PowerAction } from "../../../bare-metal/bmc/driver";
import type { Verb } from "../verb";

/** What can be ordered, and how a question about it begins. Those with a question take something away. */
export const POWER_ACTIONS: Readonly<
  Record<PowerAction, { readonly help: string; readonly question?: string }>
> = {
  on: { help: "switch on" },
  off: { help: "switch off at once, without asking the operating system", question: "Switch off" },
  cycle: { help: "off, then on again; does nothing to a machine that is off", question: "Power cycle" },
  reset: { help: "reset without switching off", question: "Reset" },
  soft: { help: "ask the operating system to shut down", question: "Shut down" },
  diag: {
    help: "send a diagnostic interrupt (NMI), which makes most systems dump and stop",
    question: "Interrupt",
  },
};

export const powerStatus: Verb<{ power: "on" | "off" }> = {
  name: "power status",
  privilege: "user",
  head: ["POWER"],
  rows: ({ power }) => [[power]],
  driver: async (bmc) => ({ power: await bmc.powerStatus() }),
  ipmi: async (ipmi) => ({ power: (await ipmi.chassisStatus()).power }),
};

/** Orders it; the machine may take a while to follow. More than one machine at a time is asked about. */
export function power(action: PowerAction): Verb<{ ordered: PowerAction }> {
  const { question } = POWER_ACTIONS[action];
  return {
    name: `power ${action}`,
    privilege: "operator",
    head: ["ORDERED"],
    rows: ({ ordered }) => [[ordered]],
    driver: async (bmc) => {
      await bmc.power(action);
      return { ordered: action };
    },
    ipmi: async (ipmi) => {
      await ipmi.power(action);
      return { ordered: action };
    },
    question: (hosts) => (question === undefined || hosts < 2 ? undefined : `${question} ${hosts} machines`),
  };
}
