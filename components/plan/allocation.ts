import type { FaultCollector } from "../../base/faults";
import { formatSize } from "../../base/units";
import type { Term } from "./capacity";
import { atOnce } from "./capacity";
import type { InstanceSize } from "./instance-sizes";
import { bytesOf, type RoomMachine } from "./room";
import { rosterPath, type Student } from "./roster";
import { GPU_RESOURCE } from "./site-plan";

/** What one student may hold at once. Default of each: no limit. */
export interface StudentLimits {
  readonly gpus?: number | undefined;
  readonly cpus?: number | undefined;
  readonly memory?: string | undefined;
  readonly pods?: number | undefined;
}

/** The limits as a ResourceQuota has them. Requests equal limits in a course (policies/rules/workload-limits.ts). */
export function studentHard({ gpus, cpus, memory, pods }: StudentLimits): Record<string, string> {
  return {
    ...(gpus === undefined ? {} : { [`requests.${GPU_RESOURCE}`]: String(gpus) }),
    ...(cpus === undefined ? {} : { "requests.cpu": String(cpus) }),
    ...(memory === undefined ? {} : { "requests.memory": formatSize(bytesOf(memory)) }),
    ...(pods === undefined ? {} : { pods: String(pods) }),
  };
}

/** How the students of a course share what it has. */
export type Allocation =
  | (StudentLimits & { readonly mode: "per-user" })
  | {
      readonly mode: "group-share";
      /** Names of the machines of each group. */
      readonly groups: Readonly<Record<string, readonly string[]>>;
    };

/** What of another course decides whether two want one machine. */
export interface OtherAllocation extends Term {
  readonly name: string;
  readonly allocation?: Allocation | undefined;
}

/** The limits of each student, or undefined where there are none. */
export function studentLimits(allocation: Allocation | undefined): StudentLimits | undefined {
  if (allocation?.mode !== "per-user") return undefined;
  const { gpus, cpus, memory, pods } = allocation;
  const limits = { gpus, cpus, memory, pods };
  return Object.values(limits).every((limit) => limit === undefined) ? undefined : limits;
}

/** Names of the machines of all groups. */
export function groupMachines(allocation: Allocation | undefined): string[] {
  return allocation?.mode === "group-share" ? Object.values(allocation.groups).flat() : [];
}

/** Whether groups, machines and limits fit together, and each machine has one group in the room at a time. */
export function allocationFaults(
  request: Term & {
    readonly allocation?: Allocation | undefined;
    readonly machines?: readonly string[] | undefined;
    readonly roster: readonly Student[];
    readonly sizes: readonly InstanceSize[];
  },
  gpuMachines: readonly RoomMachine[],
  others: readonly OtherAllocation[],
  faults: FaultCollector,
): void {
  const { allocation, roster } = request;
  const ofGroups = groupMachines(allocation);
  request.machines?.forEach((name, i) => {
    if (ofGroups.includes(name) || !gpuMachines.some((m) => m.name === name && m.reserved)) return;
    const fix = "leave it out, or give it to a group of the course (allocation: group-share)";
    faults.add(`lectern:course.machines[${i}]`, name, "kept for groups (reserved in the inventory)", fix);
  });
  if (allocation === undefined) return;
  if (allocation.mode === "group-share") {
    groupFaults(allocation.groups, roster, gpuMachines, faults);
    takenFaults(allocation.groups, request, others, faults);
  } else limitFaults(allocation, request.sizes, faults);
}

function limitFaults(
  { gpus, cpus, memory }: StudentLimits,
  sizes: readonly InstanceSize[],
  faults: FaultCollector,
): void {
  const fits = sizes.some(
    (s) =>
      s.gpus <= (gpus ?? Infinity) &&
      s.cpus <= (cpus ?? Infinity) &&
      bytesOf(s.memory) <= (memory === undefined ? Infinity : bytesOf(memory)),
  );
  if (fits) return;
  const smallest = sizes.map((s) => `${s.name} ${s.gpus} GPUs, ${s.cpus} cores, ${s.memory}`).join("; ");
  const value = [gpus !== undefined && `${gpus} GPUs`, cpus !== undefined && `${cpus} cores`, memory];
  faults.add(
    "lectern:course.allocation",
    value.filter(Boolean).join(", "),
    "a student could start no size of the course",
    `room for one of: ${smallest}`,
  );
}

function groupFaults(
  groups: Readonly<Record<string, readonly string[]>>,
  roster: readonly Student[],
  machines: readonly RoomMachine[],
  faults: FaultCollector,
): void {
  const kept = machines.filter((m) => m.reserved).map((m) => m.name);
  const groupOf = new Map<string, string>();
  for (const [group, members] of Object.entries(groups)) {
    members.forEach((name, i) => {
      const path = `lectern:course.allocation.groups.${group}[${i}]`;
      const first = groupOf.get(name);
      const machine = machines.find((m) => m.name === name);
      if (machine === undefined) {
        faults.add(
          path,
          name,
          "no GPU machine of that name in the room",
          `one of: ${kept.join(", ") || "none"}`,
        );
      } else if (!machine.reserved) {
        const fix = "`reserved: true` for it in the inventory, and `pulumi up` of the site";
        faults.add(path, name, "not kept for groups: others would run there", fix);
      } else if (first !== undefined) {
        faults.add(path, name, `already the machine of group ${first}`, "one group for each machine");
      } else groupOf.set(name, group);
    });
  }
  roster.forEach((student, i) => {
    if (student.group !== undefined && student.group in groups) return;
    const fix = `one of: ${Object.keys(groups).join(", ")}`;
    const problem = student.group === undefined ? "a student without a group" : "no group of the course";
    faults.add(`${rosterPath(student, i)}.group`, student.group ?? student.id, problem, fix);
  });
}

/** A machine that a group of another course has at the same time. */
function takenFaults(
  groups: Readonly<Record<string, readonly string[]>>,
  term: Term,
  others: readonly OtherAllocation[],
  faults: FaultCollector,
): void {
  const running = [...new Set(atOnce(term, others).flatMap((moment) => moment.others))];
  for (const [group, members] of Object.entries(groups)) {
    members.forEach((name, i) => {
      const other = running.find(({ allocation }) => groupMachines(allocation).includes(name));
      if (other === undefined) return;
      const problem = `a group of course ${other.name} has it at the same time`;
      faults.add(
        `lectern:course.allocation.groups.${group}[${i}]`,
        name,
        problem,
        "another machine, or other dates",
      );
    });
  }
}
