import pc from "picocolors";
import type { ProofStep } from "../lab/proof";
import type { RoomStatus } from "../lab/status";
import { wantsColors } from "./progress";
import { formatTable } from "./table";

const paint = pc.createColors(wantsColors(process.stdout));

/** The room as tables: machines, queues, courses; then what could not be read. */
export function statusText(status: RoomStatus): string {
  const machines = formatTable(
    ["MACHINE", "ROLE", "BMC", "POWER", "STATE", "ADDRESS", "GPUS", "HCA", "NODE", "READY"],
    status.machines.map((m) => [
      m.machine,
      m.role,
      m.bmc,
      m.power === "on" ? paint.green(m.power) : paint.red(m.power),
      m.state === "ready" ? paint.green(m.state) : m.state,
      m.address,
      m.gpus || "-",
      m.hca || "-",
      m.node || "-",
      m.ready === undefined ? "-" : m.ready ? paint.green("yes") : paint.red("no"),
    ]),
  );
  const queues = formatTable(
    ["QUEUE", "STATE", "GUARANTEE", "DESERVED", "CAPABILITY", "IN USE", "RUNNING", "PENDING"],
    status.queues.map((q) => [
      q.queue,
      q.state || "-",
      q.guarantee,
      q.deserved,
      q.capability,
      q.allocated,
      q.running,
      q.pending,
    ]),
  );
  const courses = formatTable(
    ["COURSE", "TITLE", "NAMESPACE", "STUDENTS", "GPUS", "PODS"],
    status.courses.map((c) => [
      c.course,
      c.title,
      c.namespace,
      c.students,
      `${c.gpusUsed}/${c.gpusQuota}`,
      c.pods,
    ]),
  );
  const parts = [`Room ${status.room}`, machines];
  if (status.queues.length > 0) parts.push("Queues (GPUs)", queues);
  if (status.courses.length > 0) parts.push("Courses", courses);
  if (status.problems.length > 0)
    parts.push(status.problems.map((p) => paint.yellow(`not read: ${p}`)).join("\n"));
  return parts.join("\n\n");
}

/** The proof as a list: what holds, and what was seen. */
export function proofText(steps: readonly ProofStep[]): string {
  return steps
    .map((s) => `${s.holds ? paint.green("✓") : paint.red("✗")} ${s.claim}\n    ${s.seen}`)
    .join("\n");
}
