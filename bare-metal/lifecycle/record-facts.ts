import type { Milliseconds } from "../../base/units";
import type { MachineState } from "../boot/record";
import type { BootImage, BootRecord } from "./backend";
import type { Situation } from "./decide";
import type { Goal, ReadyGoal } from "./goal";
import { failed, type Failed } from "./result";

const UNDER_WAY = ["booting", "wiping", "installing", "joining"] as const satisfies readonly MachineState[];
type UnderWay = (typeof UNDER_WAY)[number];

/** Whether the state is one of a boot that has not ended. */
export function isUnderWay(state: MachineState | undefined): state is UnderWay {
  return (UNDER_WAY as readonly (MachineState | undefined)[]).includes(state);
}

/** Whether it is on, and its last boot came up. */
export function cameUp(s: Situation): s is Situation & { record: BootRecord & { readyAt: string } } {
  const { record } = s;
  return s.power === "on" && record?.readyAt !== undefined && !isUnderWay(record.state);
}

/** Whether it came up and nobody wanted to stop it since. */
export function serves(s: Situation): s is Situation & { record: BootRecord & { readyAt: string } } {
  if (!cameUp(s)) return false;
  const { record } = s;
  const { readyAt } = record;
  return !(record.orders ?? []).some(({ at, power }) => power !== "on" && at >= readyAt);
}

/** Whether a boot that somebody began may still end well, with the image that is wanted now. */
export function bootUnderWay(s: Situation): s is Situation & { record: BootRecord & { state: UnderWay } } {
  const { record, goal } = s;
  if (record === undefined || goal.become !== "ready" || !isUnderWay(record.state)) return false;
  if (record.state !== "booting" && s.power === "off") return false;
  const { root } = targetImage(s);
  if (root !== undefined && record.root !== undefined && record.root !== root) return false;
  return s.now < bootBegan(s) + goal.timeout;
}

/** When the boot began: as this run remembers, else as the boot service wrote it down, but never in the future. */
export function bootBegan(s: Situation): number {
  const written = s.record?.expectedAt;
  return s.memory.bootBegan ?? (written === undefined ? s.now : Math.min(Date.parse(written), s.now));
}

/** When the last power-on of this boot was written down; undefined if none was. */
export function lastOn({ record, memory }: Situation): number | undefined {
  if (memory.poweredOn !== undefined) return memory.poweredOn;
  const expectedAt = record?.expectedAt;
  const order = record?.orders?.findLast(({ power }) => power === "on");
  if (expectedAt === undefined || order === undefined || order.at < expectedAt) return undefined;
  return Date.parse(order.at);
}

/** When this power command was written down, if it is the last that was and may still be about to act. */
export function lastOrder(
  { record, now }: Situation,
  power: "off" | "soft",
  acts: Milliseconds,
): number | undefined {
  const order = record?.orders?.at(-1);
  if (order?.power !== power) return undefined;
  const at = Math.min(Date.parse(order.at), now);
  return now < at + acts ? at : undefined;
}

/** Whether an image is known that came up here, beside the one that is wanted. */
export function canFallBack(goal: Goal): goal is ReadyGoal & Required<Pick<ReadyGoal, "previous">> {
  if (goal.become !== "ready" || goal.previous === undefined || goal.image?.root === undefined) return false;
  // The boot service serves a set by its name: under one name there is only the new one.
  return goal.previous.name !== goal.image.name && goal.previous.root !== goal.image.root;
}

/** Whether the image that is wanted did not come up here before, and the one before is booted instead. */
export function fallingBack({ goal, record }: Situation): boolean {
  return canFallBack(goal) && record?.rejected?.root === goal.image?.root;
}

/** What the machine is to boot now. */
export function targetImage(s: Situation): BootImage {
  if (s.goal.become !== "ready") return {};
  return (fallingBack(s) ? s.goal.previous : s.goal.image) ?? {};
}

/** The disk that its last boot was installed to, or found installed on; undefined: it ran in memory. */
export function diskOfBoot(
  record: Pick<BootRecord, "installed" | "expectedAt"> | undefined,
): string | undefined {
  const { installed, expectedAt } = record ?? {};
  return installed && expectedAt !== undefined && installed.at >= expectedAt ? installed.byId : undefined;
}

/** Whether what runs is another image than is wanted, or runs from elsewhere. */
export function runsOther(s: Situation): boolean {
  const { root } = targetImage(s);
  const disk = s.goal.become === "ready" ? s.goal.disk : undefined;
  return (
    (root !== undefined && s.record?.root !== root) || (disk !== undefined && diskOfBoot(s.record) !== disk)
  );
}

/** Whether the machine itself went back to the image before, which is on its disk beside the one that did not start. */
export function wentBack(s: Situation): boolean {
  const { goal, record } = s;
  if (!canFallBack(goal) || fallingBack(s)) return false;
  return goal.disk !== undefined && record?.root === goal.previous?.root;
}

/** The failure of a machine whose image did not come up here before, where there is nothing to go back to. */
export function gaveUp(s: Situation): Failed | undefined {
  const { goal, record } = s;
  if (goal.become !== "ready" || goal.image?.root === undefined || fallingBack(s)) return undefined;
  if (record?.rejected?.root !== goal.image.root) return undefined;
  return failed(
    `the image ${goal.image.root.slice(0, 12)} did not come up on it at ${record.rejected.at}: ${record.rejected.problem}`,
    "publish an image that comes up, or reset the machine to try this one again: lectern machines reset",
  );
}
