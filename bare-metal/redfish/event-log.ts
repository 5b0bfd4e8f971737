import type { BmcEvent } from "../bmc/driver";
import { members } from "./collection";
import { RedfishUnsupportedError } from "./errors";
import { healthOf } from "./health";
import { linkAt, textAt } from "./json";
import type { Resource } from "./read";
import { idOf, managerOf, type Machine } from "./system";

/** Names that BMCs give to their log of hardware events, where none says that it is the SEL. */
const LIKELY = /^(sel|iel|event|eventlog|log1)$/i;

/** No log is older than Redfish: a clock that was not set begins in 1970. */
const CLOCK_WAS_SET = Date.UTC(2000, 0, 1);

/** The system event log, oldest first. Where several logs are, it is the one that calls itself SEL. */
export async function readEventLog(machine: Machine): Promise<BmcEvent[]> {
  const log = await findLog(machine, "read the event log");
  const entries = await members(machine.redfish, linkAt(log.body, "Entries"));
  return entries.map(eventOf).sort(byTime);
}

export async function clearEventLog(machine: Machine): Promise<void> {
  const { redfish } = machine;
  const command = "clear the event log";
  const log = await findLog(machine, command);
  const target = textAt(log.body, "Actions", "#LogService.ClearLog", "target");
  if (target === undefined) {
    const problem = `its log ${idOf(log.path)} cannot be cleared`;
    throw new RedfishUnsupportedError(redfish.label, command, problem, "the BMC's firmware for an update");
  }
  await redfish.post(target, {});
}

async function findLog(machine: Machine, command: string): Promise<Resource> {
  const { redfish } = machine;
  const system = await machine.system();
  const manager = await managerOf(redfish, system);
  const logs = [
    ...(await members(redfish, linkAt(system.body, "LogServices"))),
    ...(await members(redfish, linkAt(manager?.body, "LogServices"))),
  ].filter(({ body }) => linkAt(body, "Entries") !== undefined);
  const found =
    logs.find(({ body }) => textAt(body, "LogEntryType") === "SEL") ??
    logs.find(({ path }) => LIKELY.test(idOf(path))) ??
    logs[0];
  if (found !== undefined) return found;
  throw new RedfishUnsupportedError(
    redfish.label,
    command,
    "it serves no log",
    "whether this BMC keeps an event log",
  );
}

function eventOf({ path, body }: Resource): BmcEvent {
  const at = Date.parse(textAt(body, "EventTimestamp") ?? textAt(body, "Created") ?? "");
  return {
    id: textAt(body, "Id") ?? idOf(path),
    at: at >= CLOCK_WAS_SET ? new Date(at).toISOString() : undefined,
    source: textAt(body, "SensorType") ?? textAt(body, "Name") ?? "unknown",
    description: textAt(body, "Message") ?? textAt(body, "MessageId") ?? "",
    health: healthOf(textAt(body, "Severity")),
  };
}

/** Those without a time came before the clock was set; ids decide between events of one moment. */
function byTime(a: BmcEvent, b: BmcEvent): number {
  return compare(a.at ?? "", b.at ?? "") || a.id.localeCompare(b.id, "en", { numeric: true });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
