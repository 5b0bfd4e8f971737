import { readBudgets } from "../ledger/service";
import { gpuSeconds, type Row } from "../ledger/rows";
import { readLedger } from "../ledger/store";
import { overlaps, sumBy, type UsageSum } from "../ledger/usage";
import type { CourseBudget } from "../ledger/budgets";
import { UsageError } from "./failure";
import { formatTable } from "./table";

/** Milliseconds since 1970. */
export interface Period {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** What is shown: of all courses, of one, or of one student. */
export interface LedgerView {
  readonly of: "courses" | "course" | "student";
  readonly who?: string;
  readonly sums: readonly UsageSum[];
  readonly budgets: readonly CourseBudget[];
  readonly rows: readonly Row[];
}

/** @throws {UsageError} for a name that is neither a course nor a student of the ledger */
export function ledgerView(dir: string, who: string | undefined, period: Period, now: number): LedgerView {
  const all = [...readLedger(dir).values()];
  const rows = all.filter((row) => overlaps(row, now, period));
  const budgets = readBudgets(dir);
  const sums = (of: readonly Row[], key: (row: Row) => string) => sumBy(of, key, now, period);
  if (who === undefined) {
    return { of: "courses", sums: sums(rows, (row) => row.course), budgets, rows };
  }
  const own = budgets.filter(({ course }) => course === who);
  if (own.length > 0 || all.some((row) => row.course === who)) {
    const ofCourse = rows.filter((row) => row.course === who);
    return { of: "course", who, sums: sums(ofCourse, (row) => row.student), budgets: own, rows: ofCourse };
  }
  if (!all.some((row) => row.student === who)) {
    throw new UsageError(
      `${who}: neither a course nor a student that the ledger knows; \`lectern ledger\` lists the courses`,
    );
  }
  const ofStudent = rows.filter((row) => row.student === who);
  return { of: "student", who, sums: sums(ofStudent, (row) => row.course), budgets: [], rows: ofStudent };
}

/** As tables. */
export function viewText(view: LedgerView, now: number, period: Period): string {
  if (view.of === "courses") return coursesText(view);
  if (view.of === "student") return podsText(view.rows, now, period);
  const students = formatTable(
    ["STUDENT", "GPU HOURS", "PODS", "RUNNING"],
    view.sums.map((s) => [s.key || "(course)", hours(s.gpuHours), s.pods, s.running]),
  );
  return [...view.budgets.map(budgetText), students].join("\n\n");
}

function coursesText({ sums, budgets }: LedgerView): string {
  const byCourse = new Map(budgets.map((b) => [b.course, b]));
  const idle = budgets.filter(({ course }) => !sums.some((s) => s.key === course));
  const none = { pods: 0, running: 0, gpuHours: 0 };
  const lines = [...sums, ...idle.map(({ course }) => ({ key: course, ...none }))];
  if (lines.length === 0) return "nothing was recorded";
  return formatTable(
    ["COURSE", "GPU HOURS", "PODS", "RUNNING", "BUDGET", "LEFT", "STATE"],
    lines.map((s) => {
      const budget = byCourse.get(s.key);
      const left = budget?.leftHours === undefined ? "-" : hours(budget.leftHours);
      const state = budget?.state === "none" ? "-" : (budget?.state ?? "closed");
      return [s.key, hours(s.gpuHours), s.pods, s.running, budget?.budgetHours ?? "-", left, state];
    }),
  );
}

function budgetText({ usedHours, budgetHours, leftHours = 0, state }: CourseBudget): string {
  if (budgetHours === undefined) return `GPU hours: ${hours(usedHours)} used, no limit`;
  const words = { none: "", within: "", low: ": nearly spent", spent: ": spent, new GPU pods are refused" };
  return `GPU hours: ${hours(usedHours)} of ${budgetHours} used, ${hours(leftHours)} left${words[state]}`;
}

function podsText(rows: readonly Row[], now: number, period: Period): string {
  const sorted = [...rows].sort((a, b) => Date.parse(a.from) - Date.parse(b.from));
  return formatTable(
    ["POD", "COURSE", "SIZE", "GPUS", "MODEL", "MEMORY", "FROM", "TO", "GPU HOURS"],
    sorted.map((row) => [
      row.pod,
      row.course,
      row.size || "-",
      row.count,
      row.model,
      `${Math.round(row.share * 100)} %`,
      row.from,
      row.to === undefined ? "running" : `${row.to}${row.estimated ? " (estimated)" : ""}`,
      hours(gpuSeconds(row, now, period) / 3_600),
    ]),
  );
}

const hours = (value: number): string => value.toFixed(2);
