import type { FaultCollector } from "../../base/faults";
import { type Allocation, groupMachines } from "./allocation";
import { atOnce, findShortage, type GpuDemand, type Shortage, type Term } from "./capacity";
import { countGpus, describeGpus, type RoomMachine, bytesOf } from "./room";
import { describeMinute, guaranteeAt, moments, stretchesIn, type Timetable } from "./timetable";

/** GPUs of a course: kept for it, its share under pressure, and its ceiling. */
export interface GpuShare {
  readonly guarantee: number;
  readonly deserved: number;
  readonly capability: number;
}

/** What of a share a course may leave open. */
export interface GpuShareRequest {
  readonly guarantee: number;
  /** Default: the capability. */
  readonly deserved?: number | undefined;
  /** Default: all GPUs of the course's machines. */
  readonly capability?: number | undefined;
  /** Model that its GPUs must be. Default: any. */
  readonly model?: string | undefined;
  /** The least memory that each of its GPUs must have, such as `40Gi`. Default: any. */
  readonly minMemory?: string | undefined;
}

/** What of a course decides where and when its GPUs are kept. */
export interface GpuClaim extends Term {
  readonly gpus: GpuShareRequest;
  /** Machines that it is confined to. Default: all of the room. */
  readonly machines?: readonly string[] | undefined;
  readonly timetable?: Timetable | undefined;
  /** Default: by limits for each student, none given. */
  readonly allocation?: Allocation | undefined;
}

const ORDER = "guarantee ≤ deserved ≤ capability";

/**
 * The GPU machines that a course may use: those that it names, of its model and with its memory. Default: those of its
 * groups, or all that are not kept for groups.
 */
export function machinesOf(
  { gpus, machines, allocation }: GpuClaim,
  gpuMachines: readonly RoomMachine[],
): RoomMachine[] {
  const ofGroups = groupMachines(allocation);
  const mayUse = ({ name, reserved = false }: RoomMachine): boolean =>
    ofGroups.includes(name) || (!reserved && (machines?.includes(name) ?? ofGroups.length === 0));
  const least = gpus.minMemory === undefined ? 0 : bytesOf(gpus.minMemory);
  return gpuMachines.filter(
    (m) => mayUse(m) && (gpus.model === undefined || m.gpuModel === gpus.model) && m.gpuMemoryBytes >= least,
  );
}

/** A share with its defaults filled in. */
export function shareOf(gpus: GpuShareRequest, chosen: readonly RoomMachine[]): GpuShare {
  const capability = gpus.capability ?? Math.max(countGpus(chosen), gpus.deserved ?? 0, gpus.guarantee);
  return { guarantee: gpus.guarantee, deserved: gpus.deserved ?? capability, capability };
}

/** Whether a share is in order, and there: alone, and beside those of all other courses at every moment of the week. */
export function gpuFaults(
  name: string,
  claim: GpuClaim,
  gpuMachines: readonly RoomMachine[],
  others: readonly (GpuClaim & { readonly name: string })[],
  faults: FaultCollector,
): void {
  const path = "lectern:course.gpus";
  const chosen = machinesOf(claim, gpuMachines);
  const share = shareOf(claim.gpus, chosen);
  const total = countGpus(gpuMachines);
  const models = [...new Set(gpuMachines.map((m) => m.gpuModel))];
  if (claim.gpus.model !== undefined && !models.includes(claim.gpus.model)) {
    faults.add(
      `${path}.model`,
      claim.gpus.model,
      "no GPU of that model in the room",
      `one of: ${models.join(", ")}`,
    );
  }
  for (const key of ["guarantee", "deserved", "capability"] as const) {
    if (share[key] > total && claim.gpus[key] !== undefined) {
      const problem = `asks for ${share[key]} GPUs; the room has ${total} (${describeGpus(gpuMachines)})`;
      faults.add(`${path}.${key}`, share[key], problem, `at most ${total}`);
    }
  }
  if (share.guarantee > share.deserved)
    faults.add(`${path}.guarantee`, share.guarantee, `above deserved (${share.deserved})`, ORDER);
  if (share.deserved > share.capability)
    faults.add(`${path}.deserved`, share.deserved, `above capability (${share.capability})`, ORDER);
  const own = countGpus(chosen);
  if (chosen.length < gpuMachines.length && share.capability > own && share.capability <= total) {
    const which =
      chosen.length > 0 ? "the machines of the course" : "no machine fits what the course names, so they";
    const problem = `${which} have ${own} GPUs (${describeGpus(chosen)})`;
    faults.add(`${path}.capability`, share.capability, problem, `at most ${own}, or more machines`);
  }
  if (share.guarantee <= own) guaranteeFaults(name, claim, gpuMachines, others, faults);
}

interface Squeeze {
  readonly day: string | undefined;
  readonly minute: number | undefined;
  readonly own: number;
  readonly short: Shortage;
}

/** What is kept for this course and for those that run at the same time must be there, each on its own machines. */
function guaranteeFaults(
  name: string,
  claim: GpuClaim,
  gpuMachines: readonly RoomMachine[],
  others: readonly (GpuClaim & { readonly name: string })[],
  faults: FaultCollector,
): void {
  const squeezes: Squeeze[] = [];
  const proved = new Set<string>();
  for (const { day, others: running } of atOnce(claim, others)) {
    const zone = claim.timetable?.timeZone ?? "UTC";
    const all = [...running, { ...claim, name }].map((c) => ({
      course: c.name,
      base: c.gpus.guarantee,
      classes: c.timetable === undefined ? [] : stretchesIn(c.timetable, zone, new Date(day ?? 0)),
      machines: machinesOf(c, gpuMachines).map((m) => m.name),
    }));
    for (const minute of moments(all.flatMap((c) => c.classes))) {
      const demands = all.map(({ course, base, classes, machines }): GpuDemand => ({
        course,
        gpus: guaranteeAt(base, classes, minute),
        machines,
      }));
      const own = demands.at(-1)?.gpus ?? 0;
      const key = JSON.stringify(demands.map((d) => [d.course, d.gpus]));
      if (own === 0 || proved.has(key)) continue;
      proved.add(key);
      const short = findShortage(demands, gpuMachines);
      if (short !== undefined) squeezes.push({ day, minute, own, short });
    }
  }
  const worst = squeezes.reduce<Squeeze | undefined>(
    (a, b) => (a !== undefined && excess(a) >= excess(b) ? a : b),
    undefined,
  );
  if (worst !== undefined) tell(name, claim, worst, squeezes, gpuMachines, faults);
}

const excess = ({ short }: Squeeze): number => short.wanted - short.there;

function tell(
  name: string,
  claim: GpuClaim,
  { day, minute, own, short }: Squeeze,
  squeezes: readonly Squeeze[],
  gpuMachines: readonly RoomMachine[],
  faults: FaultCollector,
): void {
  const list = short.demands
    .filter((d) => d.gpus > 0)
    .map((d) => `${d.course} ${d.gpus}`)
    .join(" + ");
  const where =
    short.machines.length === gpuMachines.length ? "the room" : short.machines.map((m) => m.name).join(", ");
  const from = day === undefined ? "" : `from ${day} on, `;
  const raised = minute !== undefined && own > claim.gpus.guarantee;
  const when = minute === undefined ? "" : `each week on ${describeMinute(minute)}, `;
  const fits = Math.min(
    ...squeezes.filter((s) => s.short.course === name && s.own === own).map((s) => s.short.fits),
  );
  const less = short.wanted - short.there;
  const classIndex = raised ? (claim.timetable?.classes.findIndex((c) => c.guarantee === own) ?? -1) : -1;
  faults.add(
    classIndex >= 0
      ? `lectern:course.timetable.classes[${classIndex}].guarantee`
      : "lectern:course.gpus.guarantee",
    own,
    `${from}${when}guarantees are ${list} = ${short.wanted} GPUs; ${where} has ${short.there} (${describeGpus(short.machines)})`,
    short.course === name
      ? `at most ${fits} here, or less elsewhere (${less} fewer in all)`
      : `${less} fewer for ${short.course}`,
  );
}
