import { celTexts } from "../cel";
import { everyPod, wholeObject } from "../requirement";
import type { CourseParameters } from "../parameters";
import type { PolicyObject, Rule } from "../rule";
import { CRON_JOB, JOB, type PodTemplate, VOLCANO_JOB } from "../workloads";
import { batchJob, cronJob, goodContainer, volcanoJob, withoutField } from "./examples";
import { kubernetes } from "./sources";

/** A week, in seconds. */
const LONGEST_TTL = 604_800;
/** A day, in seconds: what a job that says nothing gets. */
const DEFAULT_TTL = 86_400;
const MOST_RETRIES = 10;
/** Characters of a Volcano job's name: its pods are called `<job>-<task>-<number>`, at most 63 together. */
const LONGEST_NAME = 40;
/** Plugins of Volcano's jobs for gangs that talk to one another. */
const PLUGINS = ["env", "svc", "ssh", "pytorch", "tensorflow", "mpi"];

interface Task {
  readonly template?: PodTemplate;
}
interface JobSpec {
  readonly tasks?: readonly Task[];
  readonly ttlSecondsAfterFinished?: number;
  readonly activeDeadlineSeconds?: number;
  readonly maxRetry?: number;
  readonly plugins?: Readonly<Record<string, unknown>>;
  readonly jobTemplate?: { readonly spec?: JobSpec };
}
const isVolcano = (o: PolicyObject) => o.apiVersion?.startsWith("batch.volcano.sh/") ?? false;
/** The specification of the job, or of the jobs that a CronJob makes. */
const jobSpec = (o: PolicyObject): JobSpec => {
  const spec = (o.spec ?? {}) as JobSpec;
  return o.kind === "CronJob" ? (spec.jobTemplate?.spec ?? {}) : spec;
};
const between = (value: number | undefined, most: number) =>
  value !== undefined && value >= 0 && value <= most;
const CEL_SPEC = "(object.kind == 'CronJob' ? object.spec.jobTemplate.spec : object.spec)";
const CEL_VOLCANO = "object.apiVersion.startsWith('batch.volcano.sh/')";

const withoutTtl = (job: PolicyObject) => withoutField(job, "ttlSecondsAfterFinished");
/** The specification with a deadline for every task of a Volcano job. Volcano 1.10 has none for the whole job. */
function fillDeadlines(o: PolicyObject, course: CourseParameters | undefined): JobSpec {
  const spec = (o.spec ?? {}) as JobSpec;
  if (!isVolcano(o) || course === undefined || spec.tasks === undefined) return spec;
  const filled = ({ template, ...task }: Task): Task =>
    template?.spec === undefined
      ? { ...task, ...(template && { template }) }
      : {
          ...task,
          template: { ...template, spec: { activeDeadlineSeconds: course.maxRunSeconds, ...template.spec } },
        };
  return { ...spec, tasks: spec.tasks.map(filled) };
}

export const jobBounds: Rule = {
  name: "job-bounds",
  purpose:
    "A job, or each pod of a Volcano job, ends after the course's longest run, tries a few times, and is removed when it is done.",
  level: "mandatory",
  stops: kubernetes(
    "Jobs: termination and clean-up",
    "concepts/workloads/controllers/job/#job-termination-and-cleanup",
  )(
    "Jobs that hang, or start again for ever, hold GPUs over the weekend; finished ones fill the API server.",
  ),
  kinds: [JOB, CRON_JOB, VOLCANO_JOB],
  goesBy: "course-policy",
  requirements: [
    wholeObject({
      path: "spec.ttlSecondsAfterFinished",
      holds: (o) => between(jobSpec(o).ttlSecondsAfterFinished, LONGEST_TTL),
      cel:
        `has(${CEL_SPEC}.ttlSecondsAfterFinished) && ${CEL_SPEC}.ttlSecondsAfterFinished >= 0 && ` +
        `${CEL_SPEC}.ttlSecondsAfterFinished <= ${LONGEST_TTL}`,
      problem: "the job stays long after it is done",
      fix: `set ttlSecondsAfterFinished to at most ${LONGEST_TTL}, a week`,
    }),
    wholeObject({
      kinds: [JOB, CRON_JOB],
      path: "spec.activeDeadlineSeconds",
      holds: (o, { course }) =>
        course === undefined || between(jobSpec(o).activeDeadlineSeconds, course.maxRunSeconds),
      cel:
        `has(${CEL_SPEC}.activeDeadlineSeconds) && ` +
        `${CEL_SPEC}.activeDeadlineSeconds <= int(params.data.maxRunSeconds)`,
      problem: "the job may run longer than the course allows",
      fix: "set activeDeadlineSeconds to at most the course's maxRun",
    }),
    everyPod({
      kinds: [VOLCANO_JOB],
      path: "spec.activeDeadlineSeconds",
      holds: ({ spec }, { course }) =>
        course === undefined || between(spec?.activeDeadlineSeconds, course.maxRunSeconds),
      cel: "has(p.spec.activeDeadlineSeconds) && p.spec.activeDeadlineSeconds <= int(params.data.maxRunSeconds)",
      problem: "the task may run longer than the course allows",
      fix: "set activeDeadlineSeconds to at most the course's maxRun",
    }),
    wholeObject({
      kinds: [VOLCANO_JOB],
      path: "metadata.name",
      holds: (o) => (o.metadata?.name ?? "").length <= LONGEST_NAME,
      cel: `size(object.metadata.name) <= ${LONGEST_NAME}`,
      problem: "the names of its pods become too long, and Kubernetes makes none",
      fix: `call it by at most ${LONGEST_NAME} characters`,
    }),
    wholeObject({
      kinds: [VOLCANO_JOB],
      path: "spec.maxRetry",
      holds: (o) => (jobSpec(o).maxRetry ?? 0) <= MOST_RETRIES,
      cel: `!has(object.spec.maxRetry) || object.spec.maxRetry <= ${MOST_RETRIES}`,
      problem: "the job starts again too often",
      fix: `set maxRetry to at most ${MOST_RETRIES}`,
    }),
    wholeObject({
      kinds: [VOLCANO_JOB],
      path: "spec.plugins",
      holds: (o) => Object.keys(jobSpec(o).plugins ?? {}).every((name) => PLUGINS.includes(name)),
      cel: `!has(object.spec.plugins) || object.spec.plugins.all(n, n in ${celTexts(PLUGINS)})`,
      problem: "the job loads a plugin that courses do not need",
      fix: `use none but ${PLUGINS.join(", ")}`,
    }),
  ],
  remedy: {
    text: "A job that does not say when it is to be removed is removed a day after it is done; a task of a Volcano job that names no deadline gets the course's longest run.",
    kinds: [JOB, VOLCANO_JOB],
    fill: (o, course) => ({
      ...o,
      spec: { ttlSecondsAfterFinished: DEFAULT_TTL, ...fillDeadlines(o, course) },
    }),
    celWanted: `!has(object.spec.ttlSecondsAfterFinished) || ${CEL_VOLCANO}`,
    celPatch:
      "(has(object.spec.ttlSecondsAfterFinished) ? [] : " +
      `[JSONPatch{op: 'add', path: '/spec/ttlSecondsAfterFinished', value: ${DEFAULT_TTL}}]) + ` +
      `(${CEL_VOLCANO} && has(object.spec.tasks) ? object.spec.tasks : []).transformList(i, t, ` +
      "has(t.template) && has(t.template.spec) && !has(t.template.spec.activeDeadlineSeconds), " +
      "JSONPatch{op: 'add', path: '/spec/tasks/' + string(i) + '/template/spec/activeDeadlineSeconds', " +
      "value: int(params.data.maxRunSeconds)})",
  },
  keeps: [
    { title: "a job with its bounds", objects: [batchJob()] },
    {
      title: "the longest that there is",
      objects: [batchJob({ ttlSecondsAfterFinished: LONGEST_TTL, activeDeadlineSeconds: 86_400 })],
    },
    {
      title: "a job that stays for the default, and gets the longest run",
      objects: [withoutTtl(batchJob()), withoutTtl(volcanoJob())],
    },
    { title: "a nightly job", objects: [cronJob()] },
    {
      title: "the longest name",
      objects: [volcanoJob(goodContainer, {}, {}, { name: "a".repeat(LONGEST_NAME) })],
    },
    {
      title: "a gang with a deadline, tries and plugins",
      objects: [
        volcanoJob(
          goodContainer,
          { maxRetry: MOST_RETRIES, plugins: { pytorch: [], svc: [] } },
          { activeDeadlineSeconds: 86_400 },
        ),
      ],
    },
  ],
  breaks: [
    {
      title: "a second more than a week",
      objects: [volcanoJob(goodContainer, { ttlSecondsAfterFinished: LONGEST_TTL + 1 })],
    },
    { title: "less than no time", objects: [volcanoJob(goodContainer, { ttlSecondsAfterFinished: -1 })] },
    {
      title: "a nightly job that stays",
      objects: [cronJob(goodContainer, { ttlSecondsAfterFinished: undefined })],
    },
    { title: "no deadline", objects: [batchJob({ activeDeadlineSeconds: undefined })] },
    { title: "a second more than the course allows", objects: [batchJob({ activeDeadlineSeconds: 86_401 })] },
    {
      title: "a nightly job without a deadline",
      objects: [cronJob(goodContainer, { activeDeadlineSeconds: undefined })],
    },
    {
      title: "a gang that loses its deadline",
      operation: "UPDATE",
      was: volcanoJob(goodContainer, {}, { activeDeadlineSeconds: 3600 }, { name: "timed" }),
      objects: [volcanoJob(goodContainer, {}, {}, { name: "timed" })],
    },
    {
      title: "a gang that runs too long",
      objects: [volcanoJob(goodContainer, {}, { activeDeadlineSeconds: 86_401 })],
    },
    {
      title: "a gang that starts again for ever",
      objects: [volcanoJob(goodContainer, { maxRetry: MOST_RETRIES + 1 })],
    },
    {
      title: "a name that is too long",
      objects: [volcanoJob(goodContainer, {}, {}, { name: "a".repeat(LONGEST_NAME + 1) })],
    },
    {
      title: "an unknown plugin",
      objects: [volcanoJob(goodContainer, { plugins: { svc: [], hostfile: [] } })],
    },
  ],
};
