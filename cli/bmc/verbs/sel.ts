import type { BmcDriver, BmcEvent } from "../../../bare-metal/bmc/driver";
import type { ControllerPath, Ipmi } from "../../../bare-metal/ipmi";
import type { Verb } from "../verb";

/** Oldest first. @param path the log of a controller behind the BMC */
export function sel(path?: ControllerPath): Verb<readonly BmcEvent[]> {
  return {
    name: "sel list",
    privilege: "user",
    head: ["ID", "TIME", "SOURCE", "EVENT", "HEALTH"],
    rows: (events) =>
      events.map(({ id, at = "", source, description, health }) => [id, at, source, description, health]),
    ...(path ? { ipmi: (ipmi) => eventsBehind(ipmi, path) } : { driver: (bmc: BmcDriver) => bmc.eventLog() }),
  };
}

function eventsBehind(ipmi: Ipmi, path: ControllerPath): Promise<readonly BmcEvent[]> {
  const { eventsOf } =
    require("../../../bare-metal/ipmi/driver") as typeof import("../../../bare-metal/ipmi/driver");
  return eventsOf(ipmi.controller(path));
}

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
