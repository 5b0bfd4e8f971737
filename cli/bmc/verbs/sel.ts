import type { BmcEvent } from "../../../bare-metal/bmc/driver";
import type { Verb } from "../verb";

/** Oldest first. */
export const sel: Verb<readonly BmcEvent[]> = {
  name: "sel list",
  privilege: "user",
  head: ["ID", "TIME", "SOURCE", "EVENT", "HEALTH"],
  rows: (events) =>
    events.map(({ id, at = "", source, description, health }) => [id, at, source, description, health]),
  driver: (bmc) => bmc.eventLog(),
};

export const selClear: Verb<{ cleared: true }> = {
  name: "sel clear",
  privilege: "operator",
  head: ["EVENT LOG"],
  rows: () => [["cleared"]],
  driver: async (bmc) => {
    await bmc.clearEventLog();
    return { cleared: true };
  },
  question: (hosts) => `Clear the event log of ${hosts === 1 ? "1 BMC" : `${hosts} BMCs`}`,
};
