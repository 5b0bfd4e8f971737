import { everyPod, wholeObject } from "../requirement";
import { celTexts } from "../requirement";
import type { PolicyObject, Rule } from "../rule";
import { CRON_JOB, JOB, VOLCANO_JOB } from "../workloads";
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

interface JobSpec {
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
const fillTtl = (spec: JobSpec): JobSpec => ({ ttlSecondsAfterFinished: DEFAULT_TTL, ...spec });

export const jobBounds: Rule = {
  name: "job-bounds",
  purpose:
    "A job asks for no more than the course's longest run and a few tries, and is removed when it is done. A Volcano job that names no deadline runs until it ends.",
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
      path: "spec.activeDeadlineSeconds",
      holds: (o, { course }) =>
        course === undefined ||
        isVolcano(o) ||
        between(jobSpec(o).activeDeadlineSeconds, course.maxRunSeconds),
      cel:
        `${CEL_VOLCANO} || (has(${CEL_SPEC}.activeDeadlineSeconds) && ` +
        `${CEL_SPEC}.activeDeadlineSeconds <= int(params.data.maxRunSeconds))`,
      problem: "the job may run longer than the course allows",
      fix: "set activeDeadlineSeconds to at most the course's maxRun",
    }),
    everyPod({
      path: "spec.activeDeadlineSeconds",
      holds: ({ spec }, { course, object }) =>
        course === undefined ||
        !isVolcano(object) ||
        between(spec?.activeDeadlineSeconds ?? 0, course.maxRunSeconds),
      cel:
        `!${CEL_VOLCANO} || !has(p.spec.activeDeadlineSeconds) || ` +
        "p.spec.activeDeadlineSeconds <= int(params.data.maxRunSeconds)",
      problem: "the task may run longer than the course allows",
      fix: "set activeDeadlineSeconds to at most the course's maxRun",
    }),
    wholeObject({
      path: "metadata.name",
      holds: (o) => !isVolcano(o) || (o.metadata?.name ?? "").length <= LONGEST_NAME,
      cel: `!${CEL_VOLCANO} || size(object.metadata.name) <= ${LONGEST_NAME}`,
      problem: "the names of its pods become too long, and Kubernetes makes none",
      fix: `call it by at most ${LONGEST_NAME} characters`,
    }),
    wholeObject({
      path: "spec.maxRetry",
      holds: (o) => !isVolcano(o) || (jobSpec(o).maxRetry ?? 0) <= MOST_RETRIES,
      cel: `!${CEL_VOLCANO} || !has(object.spec.maxRetry) || object.spec.maxRetry <= ${MOST_RETRIES}`,
      problem: "the job starts again too often",
      fix: `set maxRetry to at most ${MOST_RETRIES}`,
    }),
    wholeObject({
      path: "spec.plugins",
      holds: (o) =>
        !isVolcano(o) || Object.keys(jobSpec(o).plugins ?? {}).every((name) => PLUGINS.includes(name)),
      cel: `!${CEL_VOLCANO} || !has(object.spec.plugins) || object.spec.plugins.all(n, n in ${celTexts(PLUGINS)})`,
      problem: "the job loads a plugin that courses do not need",
      fix: `use none but ${PLUGINS.join(", ")}`,
    }),
  ],
  remedy: {
    text: "A job that does not say when it is to be removed is removed a day after it is done.",
    kinds: [JOB, VOLCANO_JOB],
    fill: (o) => ({ ...o, spec: fillTtl(o.spec as JobSpec) }),
    celPatch:
      "has(object.spec.ttlSecondsAfterFinished) ? [] : " +
      `[JSONPatch{op: 'add', path: '/spec/ttlSecondsAfterFinished', value: ${DEFAULT_TTL}}]`,
  },
  keeps: [
    { title: "a job with its bounds", objects: [batchJob()] },
    {
      title: "the longest that there is",
      objects: [batchJob({ ttlSecondsAfterFinished: LONGEST_TTL, activeDeadlineSeconds: 86_400 })],
    },
    {
      title: "a job that stays for the default",
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
