import { Gauge, Registry } from "prom-client";
import type { CourseBudget } from "./budgets";
import type { Row } from "./rows";
import { gpuSeconds } from "./rows";

/** Names of all that the recorder serves; dashboards and alerts name no other. */
export const METRICS = {
  used: "lectern_course_gpu_hours_used",
  budget: "lectern_course_gpu_hours_budget",
  left: "lectern_course_gpu_hours_left",
  student: "lectern_student_gpu_hours_used",
  held: "lectern_gpus_held",
  rows: "lectern_ledger_rows",
  open: "lectern_ledger_rows_open",
  estimated: "lectern_ledger_rows_estimated",
  pending: "lectern_ledger_pods_pending",
  contact: "lectern_ledger_contact_timestamp_seconds",
} as const;

/** What is served at one moment. */
export interface Readings {
  readonly rows: ReadonlyMap<string, Row>;
  readonly budgets: readonly CourseBudget[];
  readonly pending: number;
  /** Milliseconds since 1970. */
  readonly contact: number;
  readonly now: number;
}

/** Prometheus metrics of the ledger, read when they are asked for. */
export function ledgerMetrics(read: () => Readings): Registry {
  const registry = new Registry();
  type Label = "course" | "student" | "model" | "kind";
  const gauge = (
    name: string,
    help: string,
    labelNames: readonly Label[],
    fill: (set: (value: number, labels?: Partial<Record<Label, string>>) => void, readings: Readings) => void,
  ): void => {
    new Gauge<Label>({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        fill((value, labels) => (labels ? this.set(labels, value) : this.set(value)), read());
      },
    });
  };
  const ofCourses = (value: (budget: CourseBudget) => number | undefined) =>
    ((set, { budgets }) => {
      for (const budget of budgets) {
        const seen = value(budget);
        if (seen !== undefined) set(seen, { course: budget.course });
      }
    }) satisfies Parameters<typeof gauge>[3];

  gauge(
    METRICS.used,
    "GPU hours that a course has used",
    ["course"],
    ofCourses((b) => b.usedHours),
  );
  gauge(
    METRICS.budget,
    "GPU hours that a course may use",
    ["course"],
    ofCourses((b) => b.budgetHours),
  );
  gauge(
    METRICS.left,
    "GPU hours that a course has left",
    ["course"],
    ofCourses((b) => b.leftHours),
  );
  gauge(METRICS.student, "GPU hours that a student has used", ["course", "student"], (set, readings) => {
    const own = new Set(readings.budgets.map((b) => b.course));
    const hours = sums(
      readings,
      (row) => (own.has(row.course) ? [row.course, row.student] : undefined),
      (row) => gpuSeconds(row, readings.now) / 3_600,
    );
    for (const [[course = "", student = ""], value] of hours) set(value, { course, student });
  });
  gauge(METRICS.held, "GPUs that are held now", ["course", "model", "kind"], (set, readings) => {
    const held = sums(
      readings,
      (row) => (row.to === undefined ? [row.course, row.model, row.kind] : undefined),
      (row) => row.count,
    );
    for (const [[course = "", model = "", kind = ""], value] of held) set(value, { course, model, kind });
  });
  const count = (keep: (row: Row) => boolean) =>
    ((set, { rows }) => set([...rows.values()].filter(keep).length)) satisfies Parameters<typeof gauge>[3];
  gauge(
    METRICS.rows,
    "Rows of the ledger",
    [],
    count(() => true),
  );
  gauge(
    METRICS.open,
    "Rows of pods that hold GPUs",
    [],
    count((row) => row.to === undefined),
  );
  gauge(
    METRICS.estimated,
    "Rows whose end is an estimate",
    [],
    count((row) => row.estimated === true),
  );
  gauge(METRICS.pending, "Pods that wait to be recorded or released", [], (set, { pending }) => set(pending));
  gauge(METRICS.contact, "When the recorder last missed nothing", [], (set, { contact }) =>
    set(contact / 1_000),
  );
  return registry;
}

/** Sums of a value by the words of a key; rows without a key are left out. */
function sums(
  { rows }: Readings,
  keyOf: (row: Row) => readonly string[] | undefined,
  value: (row: Row) => number,
): [readonly string[], number][] {
  const found = new Map<string, [readonly string[], number]>();
  for (const row of rows.values()) {
    const key = keyOf(row);
    if (key === undefined) continue;
    const name = key.join("\0");
    found.set(name, [key, (found.get(name)?.[1] ?? 0) + value(row)]);
  }
  return [...found.values()];
}
