import { gpuSeconds, type Row } from "./rows";

const HOUR_SECONDS = 3_600;
/** Part of a budget at which the course is warned. */
export const WARN_AT = 0.8;

export type BudgetState = "none" | "within" | "low" | "spent";

/** A course's GPU hours: budget, used, left. */
export interface BudgetUse {
  readonly usedHours: number;
  /** Absent: no limit. */
  readonly budgetHours?: number;
  readonly leftHours?: number;
  /** `low` from {@link WARN_AT} of the budget on. */
  readonly state: BudgetState;
}

/** GPU hours of some rows. Pure. */
export function gpuHours(
  rows: Iterable<Row>,
  now: number,
  period?: Parameters<typeof gpuSeconds>[2],
): number {
  let seconds = 0;
  for (const row of rows) seconds += gpuSeconds(row, now, period);
  return seconds / HOUR_SECONDS;
}

/** How a course stands with its budget. Pure. */
export function budgetUse(usedHours: number, budgetHours?: number): BudgetUse {
  if (budgetHours === undefined) return { usedHours, state: "none" };
  const leftHours = Math.max(0, budgetHours - usedHours);
  const state = usedHours >= budgetHours ? "spent" : usedHours >= WARN_AT * budgetHours ? "low" : "within";
  return { usedHours, budgetHours, leftHours, state };
}

/** What one course, student or model used in a period. */
export interface UsageSum {
  readonly key: string;
  readonly pods: number;
  /** Rows that are still open. */
  readonly running: number;
  readonly gpuHours: number;
}

/** Sums by a key, those with the most GPU hours first; rows outside of the period are left out. Pure. */
export function sumBy(
  rows: Iterable<Row>,
  keyOf: (row: Row) => string,
  now: number,
  period?: Parameters<typeof gpuSeconds>[2],
): UsageSum[] {
  const sums = new Map<string, { uids: Set<string>; running: number; seconds: number }>();
  for (const row of rows) {
    if (!overlaps(row, now, period)) continue;
    const key = keyOf(row);
    const sum = sums.get(key) ?? { uids: new Set<string>(), running: 0, seconds: 0 };
    sum.uids.add(row.uid);
    sum.running += row.to === undefined ? 1 : 0;
    sum.seconds += gpuSeconds(row, now, period);
    sums.set(key, sum);
  }
  return [...sums]
    .map(([key, { uids, running, seconds }]) => ({
      key,
      pods: uids.size,
      running,
      gpuHours: seconds / HOUR_SECONDS,
    }))
    .sort((a, b) => b.gpuHours - a.gpuHours || (a.key < b.key ? -1 : 1));
}

/** Whether a row lies in a period at least in part. */
export function overlaps(
  { from, to }: Row,
  now: number,
  period: Parameters<typeof gpuSeconds>[2] = {},
): boolean {
  const end = to === undefined ? now : Date.parse(to);
  return Date.parse(from) < (period.to ?? Infinity) && end >= (period.from ?? -Infinity);
}
