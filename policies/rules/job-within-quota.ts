import { celJobAmount, celTasks, jobAmount, tasksOf } from "../job-amounts";
import { parseQuantity } from "../quantity";
import { wholeObject } from "../requirement";
import type { PolicyObject, Rule, Subject } from "../rule";
import { type Container, DECLARED, VOLCANO_JOB } from "../workloads";
import { asking, courseQuota, goodContainer, GPU, volcanoJob } from "./examples";
import { volcano } from "./sources";

/** Name of the course's ResourceQuota. */
export const QUOTA_NAME = "course";
const FIX = "ask for fewer pods, or for fewer GPUs in each";

/** GPUs of all pods of a job, first containers and sidecars too: never less than what the quota will count. */
const jobGpus = (job: PolicyObject) => jobAmount(job, GPU, DECLARED);

/** GPUs that the course's quota allows; undefined if it does not say, or is not known. */
function quotaGpus(quota: PolicyObject | undefined): number | undefined {
  const hard = (quota?.spec as { readonly hard?: Readonly<Record<string, unknown>> } | undefined)?.hard;
  return parseQuantity(hard?.[`requests.${GPU}`]);
}

function withinQuota(object: PolicyObject, { quota, was }: Subject): boolean {
  const asked = jobGpus(object);
  return asked <= (quotaGpus(quota) ?? Infinity) || (was !== undefined && asked <= jobGpus(was));
}

/** {@link jobGpus} in CEL, of `object` or `oldObject`. */
const celJobGpus = (job: string) => celJobAmount(job, GPU, DECLARED);
// The API server's type checker does not know the quantities of a quota, and takes `hard` for unknown.
const CEL_HARD = "dyn(params.spec).hard";
const CEL_QUOTA = `${CEL_HARD}['requests.${GPU}']`;
const CEL_LIMITED = `has(${CEL_HARD}) && 'requests.${GPU}' in ${CEL_HARD}`;

const job = (
  replicas: number | undefined,
  gpus: number | string | undefined,
  first?: Container,
): PolicyObject => {
  const made = volcanoJob(
    gpus === undefined ? goodContainer : asking({ [GPU]: gpus }),
    {},
    first ? { initContainers: [first] } : {},
  );
  const { tasks, ...others } = made.spec as { readonly tasks: readonly [object, object] };
  return { ...made, spec: { ...others, tasks: [tasks[0], { ...tasks[1], replicas }] } };
};
const growing = (of: PolicyObject): PolicyObject => ({
  ...of,
  metadata: { ...of.metadata, name: "growing" },
});

export const jobWithinQuota: Rule = {
  name: "job-within-quota",
  purpose:
    "A job above its course's quota would wait for ever: Kubernetes refuses its pods only, and tells nobody.",
  level: "mandatory",
  stops: volcano("VCJob", "vcjob/")("Jobs that can never start fill the queue before those that can."),
  kinds: [VOLCANO_JOB],
  goesBy: "course-quota",
  requirements: [
    {
      // A job from before its quota shrank must stay changeable: by its owner, and by controllers that finish it.
      ...wholeObject({
        path: "spec.tasks",
        holds: withinQuota,
        cel:
          `!(${CEL_LIMITED}) || ${celJobGpus("object")} <= quantity(${CEL_QUOTA}).asApproximateFloat() || ` +
          `(oldObject != null && ${celJobGpus("object")} <= ${celJobGpus("oldObject")})`,
        problem: "the job asks for more GPUs than the course's quota",
        fix: FIX,
      }),
      breaches: (subject) =>
        withinQuota(subject.object, subject)
          ? []
          : [
              {
                path: "spec.tasks",
                value: `${jobGpus(subject.object)} GPUs, of a quota of ${quotaGpus(subject.quota)}`,
              },
            ],
      celBreach: `string(${celJobGpus("object")}) + ' GPUs, of a quota of ' + string(${CEL_QUOTA})`,
    },
    wholeObject({
      path: "spec.tasks",
      holds: (o) => tasksOf(o).every(({ replicas = 1 }) => replicas >= 0),
      cel: `${celTasks("object")}.all(t, !has(t.replicas) || t.replicas >= 0)`,
      problem: "fewer pods than none hide others from the sum",
      fix: "give each task 0 replicas or more",
    }),
  ],
  keeps: [
    { title: "a job that takes all of the quota", objects: [courseQuota, job(2, 8)] },
    { title: "counts as text", objects: [courseQuota, job(2, "8")] },
    { title: "a job without GPUs", objects: [courseQuota, job(100, undefined)] },
    { title: "a task without pods", objects: [courseQuota, job(0, 8)] },
    { title: "one pod, since no number of replicas is given", objects: [courseQuota, job(undefined, 16)] },
  ],
  breaks: [
    { title: "one GPU above the quota", objects: [courseQuota, job(1, 17)] },
    { title: "one pod that asks for more than the quota", objects: [courseQuota, job(undefined, "17")] },
    { title: "pods that ask for more together", objects: [courseQuota, job(3, "8")] },
    {
      title: "GPUs of a first container",
      objects: [courseQuota, job(3, undefined, { ...asking({ [GPU]: "8" }), name: "first" })],
    },
    {
      title: "a job above the quota that grows by one more",
      operation: "UPDATE",
      was: growing(job(1, "17")),
      objects: [courseQuota, growing(job(1, "18"))],
    },
    { title: "fewer pods than none", objects: [courseQuota, job(-1, 8)] },
  ],
};
