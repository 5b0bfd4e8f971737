import type { FaultCollector } from "../../base/faults";
import type { InstanceSize } from "./instance-sizes";
import { bytesOf, type RoomMachine } from "./room";
import { rosterPath, type Student } from "./roster";

/** How the students of a course share what it has. */
export type Allocation =
  | {
      readonly mode: "per-user";
      /** What one student may hold at once. Default of each: no limit. */
      readonly gpus?: number | undefined;
      readonly cpus?: number | undefined;
      readonly memory?: string | undefined;
      readonly pods?: number | undefined;
    }
  | {
      readonly mode: "group-share";
      /** Names of the machines of each group. */
      readonly groups: Readonly<Record<string, readonly string[]>>;
    };

/** Whether groups, machines and limits fit together. */
export function allocationFaults(
  allocation: Allocation | undefined,
  { roster, sizes }: { readonly roster: readonly Student[]; readonly sizes: readonly InstanceSize[] },
  machines: readonly RoomMachine[],
  faults: FaultCollector,
): void {
  if (allocation === undefined) return;
  const { mode, ...limits } = allocation;
  if (Object.values(limits).some((limit) => limit !== undefined)) {
    // A limit that is written and not held would be worse than none.
    const fix = "leave it out: the course's quota holds for all of its students together";
    faults.add("lectern:course.allocation", mode, "checked here, but not enforced by the cluster yet", fix);
  }
  if (allocation.mode === "group-share") return groupFaults(allocation.groups, roster, machines, faults);
  const { gpus, cpus, memory } = allocation;
  const path = "lectern:course.allocation";
  const fits = sizes.some(
    (s) =>
      s.gpus <= (gpus ?? Infinity) &&
      s.cpus <= (cpus ?? Infinity) &&
      bytesOf(s.memory) <= (memory === undefined ? Infinity : bytesOf(memory)),
  );
  if (!fits) {
    const smallest = sizes.map((s) => `${s.name} ${s.gpus} GPUs, ${s.cpus} cores, ${s.memory}`).join("; ");
    const value = [gpus !== undefined && `${gpus} GPUs`, cpus !== undefined && `${cpus} cores`, memory];
    faults.add(
      path,
      value.filter(Boolean).join(", "),
      "a student could start no size of the course",
      `room for one of: ${smallest}`,
    );
  }
}

function groupFaults(
  groups: Readonly<Record<string, readonly string[]>>,
  roster: readonly Student[],
  machines: readonly RoomMachine[],
  faults: FaultCollector,
): void {
  const names = machines.map((m) => m.name);
  const groupOf = new Map<string, string>();
  for (const [group, members] of Object.entries(groups)) {
    members.forEach((machine, i) => {
      const path = `lectern:course.allocation.groups.${group}[${i}]`;
      const first = groupOf.get(machine);
      if (!names.includes(machine)) {
        faults.add(path, machine, "no GPU machine of the course", `one of: ${names.join(", ") || "none"}`);
      } else if (first !== undefined) {
        faults.add(path, machine, `already the machine of group ${first}`, "one group for each machine");
      } else groupOf.set(machine, group);
    });
  }
  roster.forEach((student, i) => {
    if (student.group !== undefined && student.group in groups) return;
    const fix = `one of: ${Object.keys(groups).join(", ")}`;
    const problem = student.group === undefined ? "a student without a group" : "no group of the course";
    faults.add(`${rosterPath(student, i)}.group`, student.group ?? student.id, problem, fix);
  });
}
