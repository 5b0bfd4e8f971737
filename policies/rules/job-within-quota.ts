import type { PolicyObject, Rule, StackFault } from "../rule";
import { goodContainer, volcanoJob } from "./examples";

const GPU = "nvidia.com/gpu";
const QUOTA = "course";
const FIX = "ask for fewer pods, or for fewer GPUs in each";

type Resources = Readonly<Record<string, unknown>>;
interface Task {
  readonly replicas?: number;
  readonly template?: {
    readonly spec?: {
      readonly containers?: readonly { readonly resources?: { readonly limits?: Resources } }[];
    };
  };
}

/** GPUs of all pods of a job. A device's request equals its limit, and a count is a number or text. */
function jobGpus(job: PolicyObject): number {
  const { tasks = [] } = (job.spec ?? {}) as { readonly tasks?: readonly Task[] };
  return sum(
    tasks.map(
      ({ replicas = 1, template }) =>
        replicas *
        sum((template?.spec?.containers ?? []).map((c) => Number(c.resources?.limits?.[GPU] ?? 0))),
    ),
  );
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0);

/** GPUs that the course's quota allows in that namespace; undefined if the stack has no such quota. */
function quotaGpus(objects: readonly PolicyObject[], namespace: string | undefined): number | undefined {
  const quota = objects.find(
    ({ kind, metadata }) =>
      kind === "ResourceQuota" && metadata?.name === QUOTA && metadata.namespace === namespace,
  );
  const hard = (quota?.spec as { readonly hard?: Resources } | undefined)?.hard?.[`requests.${GPU}`];
  return hard === undefined || hard === null ? undefined : Number(hard);
}

function checkTogether(objects: readonly PolicyObject[]): StackFault[] {
  return objects
    .filter(({ kind }) => kind === "Job")
    .flatMap((object) => {
      const asked = jobGpus(object);
      const allowed = quotaGpus(objects, object.metadata?.namespace);
      if (allowed === undefined || asked <= allowed) return [];
      const problem = `the course's quota is ${allowed} GPUs`;
      return [{ object, path: "spec.tasks", value: `${asked} GPUs`, problem, fix: FIX }];
    });
}

/** {@link jobGpus} in CEL, of `object` or `oldObject`. */
const celJobGpus = (job: string) =>
  `${job}.spec.tasks.map(t, (has(t.replicas) ? double(t.replicas) : 1.0) * t.template.spec.containers.map(c, ` +
  `has(c.resources) && has(c.resources.limits) && '${GPU}' in c.resources.limits ? ` +
  `quantity(string(c.resources.limits['${GPU}'])).asApproximateFloat() : 0.0).sum()).sum()`;
// The API server's type checker does not know the quantities of a quota, and takes `hard` for unknown.
const CEL_HARD = "dyn(params.spec).hard";
const CEL_QUOTA = `${CEL_HARD}['requests.${GPU}']`;
const CEL_LIMITED = `has(${CEL_HARD}) && 'requests.${GPU}' in ${CEL_HARD}`;

const job = (replicas: number | undefined, limits: Resources): PolicyObject => {
  const resources = { limits: { ...goodContainer.resources?.limits, ...limits } };
  const { spec, ...rest } = volcanoJob({ ...goodContainer, resources });
  const { tasks, ...others } = spec as { readonly tasks: readonly [Task, Task] };
  return { ...rest, spec: { ...others, tasks: [tasks[0], { ...tasks[1], replicas }] } };
};
const quota: PolicyObject = {
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name: QUOTA, namespace: "course-x" },
  spec: { hard: { [`requests.${GPU}`]: "16" } },
};

export const jobWithinQuota: Rule = {
  name: "job-within-quota",
  purpose:
    "A job above its course's quota would wait for ever: Kubernetes refuses its pods only, and tells nobody.",
  level: "mandatory",
  kinds: [{ group: "batch.volcano.sh", version: "v1alpha1", kind: "Job", resource: "jobs" }],
  parameter: { group: "", version: "v1", kind: "ResourceQuota", resource: "resourcequotas", name: QUOTA },
  inCourseNamespaces: true,
  checkStack: checkTogether,
  cel: () => [
    {
      // A job from before its quota shrank must stay changeable: by its owner, and by controllers that finish it.
      expression:
        `!(${CEL_LIMITED}) || ${celJobGpus("object")} <= quantity(${CEL_QUOTA}).asApproximateFloat() || ` +
        `(oldObject != null && ${celJobGpus("object")} <= ${celJobGpus("oldObject")})`,
      message: `a job asks for more GPUs than the course's quota; fix: ${FIX}`,
      messageExpression:
        `'job ' + object.metadata.name + ' asks for ' + string(${celJobGpus("object")}) + ` +
        `" GPUs; the course's quota is " + ${CEL_QUOTA} + '; fix: ${FIX}'`,
    },
  ],
  keeps: [
    { title: "a job that takes all of the quota", objects: [quota, job(2, { [GPU]: 8 })] },
    { title: "counts as text", objects: [quota, job(2, { [GPU]: "8" })] },
    { title: "a job without GPUs", objects: [quota, job(100, {})] },
    {
      title: "one pod, since no number of replicas is given",
      objects: [quota, job(undefined, { [GPU]: 16 })],
    },
  ],
  breaks: [
    { title: "one GPU above the quota", objects: [quota, job(1, { [GPU]: 17 })] },
    { title: "one pod that asks for more than the quota", objects: [quota, job(undefined, { [GPU]: "17" })] },
    { title: "pods that ask for more together", objects: [quota, job(3, { [GPU]: "8" })] },
  ],
};
