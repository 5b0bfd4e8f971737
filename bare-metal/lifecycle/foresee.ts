import type { Milliseconds } from "../../base/units";
import type { MachineState } from "../boot/record";
import type { BootRecord } from "./backend";
import type { DiskConfig } from "../disks";
import { DRAIN_TIMEOUT, type Goal } from "./goal";
import { diskOfBoot, isUnderWay } from "./record-facts";

/** One thing that a run would do to a machine. */
interface Step {
  readonly what: string;
  /** How long it took the last time. */
  readonly usual?: Milliseconds | undefined;
  readonly atMost: Milliseconds;
}

/**
 * What a run to this goal would do to a machine, in words, with the time it took before and the most that it may take.
 * It looks at the record only: what a BMC would say is found out by the run.
 * @param on Whether the machine was on when it was last looked at.
 * @param disks Those that its config gives to be written.
 */
export function foresee(
  goal: Goal,
  record: BootRecord | undefined,
  on: boolean,
  disks: readonly DiskConfig[] = [],
): string {
  const steps = stepsOf(goal, record, on, disks);
  if (steps.length === 0) return "nothing is done to it";
  return steps.map(({ what, usual, atMost }) => `${what} (${times(usual, atMost)})`).join(", then ");
}

function stepsOf(
  goal: Goal,
  record: BootRecord | undefined,
  on: boolean,
  disks: readonly DiskConfig[],
): Step[] {
  const latched = record?.failure?.latched;
  if (goal.become === "ready" && latched)
    return [{ what: `nothing, it waits for a person: ${record.failure?.problem}`, atMost: 0 }];
  const came = on && record?.readyAt !== undefined && !isUnderWay(record.state);
  const stop: Step[] = [
    {
      what: "its pods leave",
      usual: lastSpan(record, "draining", ["booting", "off"]),
      atMost: goal.drain ?? DRAIN_TIMEOUT,
    },
    { what: "shut down", atMost: goal.grace },
  ];
  if (goal.become !== "ready") return on ? stop : [];
  const wanted = goal.image?.root;
  const there = goal.disk === undefined || diskOfBoot(record) === goal.disk;
  if (came && there && (wanted === undefined || wanted === record.root)) return [];
  const image = wanted === undefined ? "" : ` the image ${wanted.slice(0, 12)}`;
  const to = disks.map((disk) => diskInWords(disk, record)).join("");
  const boot: Step[] = [
    {
      what: `boot${image}${to}`,
      usual: lastSpan(record, "booting", ["joining", "ready"]),
      atMost: goal.timeout,
    },
    ...(goal.join === undefined ? [] : [{ what: "its node becomes Ready", atMost: goal.join }]),
  ];
  return came ? [...stop, ...boot] : boot;
}

/** What is done to a disk, by what the machine's installer found there last; the installer looks again. */
function diskInWords(disk: DiskConfig, record: BootRecord | undefined): string {
  const { byId } = disk;
  const found = record?.inspected?.find((d) => d.byId === byId);
  const installed = `, installed to ${byId}`;
  if (record?.own?.some((own) => own.byId === byId)) return `${installed} beside the image there`;
  if (found === undefined)
    return `${installed}, which nobody has looked at${disk.erase ? " and which may be erased" : ""}`;
  if (found.holds === "") return `${installed}, which is empty`;
  if (disk.erase) return `${installed}, which is WIPED of ${found.holds}`;
  return `; it will be refused: ${byId} holds ${found.holds}, and its config does not say erase: true`;
}

/** How long it was last between entering the one state and one of the others. */
function lastSpan(
  record: BootRecord | undefined,
  from: MachineState,
  to: readonly MachineState[],
): Milliseconds | undefined {
  const history = record?.history ?? [];
  const end = history.findLastIndex(
    ({ state }, i) => to.includes(state) && history.slice(0, i).some((h) => h.state === from),
  );
  const begin = history.slice(0, Math.max(0, end)).findLast(({ state }) => state === from);
  const ended = history[end];
  return ended && begin ? Date.parse(ended.at) - Date.parse(begin.at) : undefined;
}

function times(usual: Milliseconds | undefined, atMost: Milliseconds): string {
  const most = atMost === 0 ? "at once" : `at most ${inWords(atMost)}`;
  return usual === undefined ? most : `${inWords(usual)} the last time, ${most}`;
}

function inWords(ms: Milliseconds): string {
  return ms < 120_000 ? `${Math.max(1, Math.round(ms / 1000))} s` : `${Math.round(ms / 60_000)} min`;
}
