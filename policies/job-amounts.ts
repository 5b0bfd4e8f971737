import { celLimit, celSum, limitOf, sum } from "./quantity";
import type { PolicyObject } from "./rule";
import { celList, type ContainerList, type PodSpec } from "./workloads";

/** A task of a Volcano job: pods of one template. */
export interface Task {
  /** Default: 1. */
  readonly replicas?: number;
  readonly template?: { readonly spec?: PodSpec };
}

export const tasksOf = (job: PolicyObject): readonly Task[] =>
  ((job.spec ?? {}) as { readonly tasks?: readonly Task[] }).tasks ?? [];

/** Which tasks of a job are counted. */
type Counted = (task: Task) => boolean;
const every: Counted = () => true;

/** Pods of the tasks that are counted. */
export const jobPods = (job: PolicyObject, isCounted = every): number =>
  sum(
    tasksOf(job)
      .filter(isCounted)
      .map(({ replicas = 1 }) => replicas),
  );

/** What the pods of the tasks that are counted may use of a resource together, in these lists of containers. */
export function jobAmount(
  job: PolicyObject,
  resource: string,
  lists: readonly ContainerList[],
  isCounted = every,
): number {
  const ofPod = (spec: PodSpec | undefined) =>
    sum(lists.flatMap((list) => spec?.[list] ?? []).map((c) => limitOf(c, resource)));
  return sum(
    tasksOf(job)
      .filter(isCounted)
      .map(({ replicas = 1, template }) => replicas * ofPod(template?.spec)),
  );
}

/** Tasks of `object` or `oldObject` in CEL. */
export const celTasks = (job: string) =>
  `(has(${job}.spec) && has(${job}.spec.tasks) ? ${job}.spec.tasks : [])`;
/** Pods of a task `t`. */
const CEL_REPLICAS = "(has(t.replicas) ? double(t.replicas) : 1.0)";
export const CEL_HAS_PODS = "has(t.template) && has(t.template.spec)";

/** {@link jobPods} in CEL. @param counted CEL of a task `t`. */
export const celJobPods = (job: string, counted = "true") =>
  celSum(`${celTasks(job)}.filter(t, ${counted}).map(t, ${CEL_REPLICAS})`);

/** {@link jobAmount} in CEL. @param counted CEL of a task `t` that has a pod's specification. */
export function celJobAmount(
  job: string,
  resource: string,
  lists: readonly ContainerList[],
  counted = "true",
): string {
  const ofPod = lists.map((list) => `${celList(`t.template.spec.${list}`)}.map(c, ${celLimit(resource)})`);
  return celSum(
    `${celTasks(job)}.filter(t, ${CEL_HAS_PODS} && ${counted}).map(t, ${CEL_REPLICAS} * ${celSum(ofPod.join(" + "))})`,
  );
}
