import { type KubeApi, unlessStatus } from "../base/kubernetes/api";
import { courseState, SPENT_STATE } from "../policies/course-states";
import type { Row } from "./rows";
import type { LedgerCourse } from "./surroundings";
import { type BudgetUse, budgetUse, gpuHours } from "./usage";

const EXISTS = 409;

/** A course and how it stands with its GPU hours. */
export interface CourseBudget extends BudgetUse {
  readonly course: string;
  readonly namespace: string;
}

/** How every course stands; what ran before its namespace was made is not its own. Pure. */
export function courseBudgets(
  courses: readonly LedgerCourse[],
  rows: ReadonlyMap<string, Row>,
  now: number,
): CourseBudget[] {
  const byNamespace = new Map<string, Row[]>();
  for (const row of rows.values()) {
    const list = byNamespace.get(row.namespace);
    if (list) list.push(row);
    else byNamespace.set(row.namespace, [row]);
  }
  return courses.map(({ course, namespace, since, budget }) => {
    const own = (byNamespace.get(namespace) ?? []).filter((row) => Date.parse(row.from) >= since);
    return { course, namespace, ...budgetUse(gpuHours(own, now), budget) };
  });
}

/** Brings the cluster in line with the budgets: courses that spent theirs are marked, those that are low are told. */
export async function keepBudgets(
  api: KubeApi,
  courses: readonly LedgerCourse[],
  budgets: readonly CourseBudget[],
  at: Date,
): Promise<void> {
  const spent = new Map(courses.map((course) => [course.namespace, course.spent]));
  for (const budget of budgets) {
    const isMarked = spent.get(budget.namespace) !== undefined;
    const isSpent = budget.state === "spent";
    if (isSpent !== isMarked) {
      await api.patch(`/api/v1/namespaces/${budget.namespace}`, {
        metadata: courseState(SPENT_STATE, isSpent ? usedOf(budget) : undefined),
      });
    }
    if (isSpent || budget.state === "low") await tell(api, budget, at);
  }
}

const usedOf = ({ usedHours, budgetHours = 0 }: CourseBudget): string =>
  `${usedHours.toFixed(1)} of ${budgetHours}`;

/** An Event that the course's people see; its name says what it is about, so there is one only. */
async function tell(api: KubeApi, budget: CourseBudget, at: Date): Promise<void> {
  const { namespace, budgetHours = 0, state } = budget;
  const what = state === "spent" ? "spent" : "low";
  const time = at.toISOString().replace(/\.\d+Z$/, "Z");
  await unlessStatus(
    [EXISTS],
    api.post(`/api/v1/namespaces/${namespace}/events`, {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: `gpu-hours-${what}-${budgetHours}`.replaceAll(".", "-"), namespace },
      involvedObject: { apiVersion: "v1", kind: "ResourceQuota", name: "course", namespace },
      reason: state === "spent" ? "GpuHoursSpent" : "GpuHoursLow",
      message:
        state === "spent"
          ? `GPU hours: ${usedOf(budget)} used; new GPU pods are refused, those that run go on`
          : `GPU hours: ${usedOf(budget)} used; new GPU pods are refused when all are`,
      type: "Warning",
      source: { component: "lectern-ledger" },
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    }),
  );
}
