import type { CloseResult } from "../semester/close";
import type { CoursePreview, CourseResult } from "../semester/commands";
import { allSteps, type ClosePlan } from "../semester/plan";
import { formatTable } from "./table";

/** One line a course, and what failed below. */
export function resultsText(results: readonly CourseResult[]): string {
  if (results.length === 0) return "nothing to change";
  const table = formatTable(
    ["COURSE", "RESULT", "CREATED", "UPDATED", "DELETED", "SAME", "SECONDS"],
    results.map(({ course, changes, seconds, error }) => [
      course,
      error === undefined ? "up" : "failed",
      changes?.create ?? "-",
      changes?.update ?? "-",
      changes?.delete ?? "-",
      changes?.same ?? "-",
      seconds,
    ]),
  );
  const errors = results.flatMap(({ course, error }) => (error === undefined ? [] : [`${course}: ${error}`]));
  return [table, ...errors].join("\n\n");
}

/** More than these of one resource are only counted: somebody is to read the table. */
const MOST_PARTS = 40;

/** Every resource that would be touched, and what of it. */
export function previewText(previews: readonly CoursePreview[]): string {
  const rows = previews.flatMap(({ course, touched }) =>
    touched.flatMap(({ op, type, name, parts }) => {
      const shown = parts.length > MOST_PARTS ? [`${parts.length} parts`] : parts.length > 0 ? parts : [""];
      return shown.map((part) => [course, op, type, name, part]);
    }),
  );
  const errors = previews.flatMap(({ course, error }) =>
    error === undefined ? [] : [`${course}: ${error}`],
  );
  const table =
    rows.length === 0
      ? "nothing would change"
      : formatTable(["COURSE", "WHAT", "KIND", "NAME", "PART"], rows);
  return [table, ...errors].join("\n\n");
}

/** What a close is about to do. */
export function planText(plan: ClosePlan): string {
  const courses = formatTable(
    ["COURSE", "HOMES TO ARCHIVE", "MACHINES"],
    plan.courses.map(({ name, homes, machines }) => [
      name,
      homes.join(", ") || "-",
      machines.join(", ") || "-",
    ]),
  );
  const machines = plan.machines.join(", ") || "none";
  return `Close of ${plan.semester}: ${allSteps(plan).length} steps\n\n${courses}\n\nmachines to release: ${machines}`;
}

export function closeText({ semester, closed, lanes }: CloseResult): string {
  const table = formatTable(
    ["WHAT", "RESULT", "DONE NOW", "DONE BEFORE", "LEFT"],
    lanes.map(({ name, done, before, left, error }) => [
      name,
      error !== undefined ? "failed" : left > 0 ? "waits" : "done",
      done,
      before,
      left,
    ]),
  );
  const errors = lanes.flatMap(({ name, error }) => (error === undefined ? [] : [`${name}: ${error}`]));
  const last = closed
    ? `semester ${semester} is closed`
    : `semester ${semester} is not closed yet: run this again`;
  return [table, ...errors, last].join("\n\n");
}
