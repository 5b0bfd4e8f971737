import { countedStudent } from "../accounts";
import { celJobAmount, celJobPods, jobAmount, jobPods, type Task } from "../job-amounts";
import { bySize, type CourseParameters } from "../parameters";
import { parseQuantity } from "../quantity";
import type { PolicyObject, Requirement, Rule, Subject } from "../rule";
import { CLASS_PREFIX } from "../size-classes";
import { VOLCANO_JOB } from "../workloads";
import { asking, GPU, volcanoJob } from "./examples";
import { CEL_NUMBERS, fits } from "./instance-sizes";
import { volcano } from "./sources";

/** What a quota counts, and what of it a job asks for. First containers are left out: the job then asks for no more. */
const COUNTED = { [`requests.${GPU}`]: GPU, "requests.cpu": "cpu", "requests.memory": "memory" } as const;
const LISTS = ["containers"] as const;
const PODS = "pods";

const asked = (job: PolicyObject, counted: string): number =>
  counted === PODS ? jobPods(job) : jobAmount(job, COUNTED[counted as keyof typeof COUNTED] ?? "", LISTS);
const celAsked = (job: string) =>
  Object.entries(COUNTED)
    .map(([counted, resource]) => `w.startsWith('${counted}=') ? ${celJobAmount(job, resource, LISTS)} : `)
    .join("") + celJobPods(job);

/** The limits that the job of a student with limits asks more than. A job that asks for no more than before may stay. */
function overLimits({ object, was, course }: Subject): [string, string][] {
  const limits =
    countedStudent({ object, ...(course && { course }) }) && course?.studentClasses
      ? course.studentLimits
      : {};
  return Object.entries(limits ?? {}).filter(([counted, most]) => {
    const now = asked(object, counted);
    return now > (parseQuantity(most) ?? 0) && !(was !== undefined && now <= asked(was, counted));
  });
}
const CEL_LIMITS =
  "(variables.counted == '' || params.data.studentClasses == '' || !has(params.data.studentLimits) ? [] : params.data.studentLimits.split(' ').filter(w, w != ''))";
const CEL_OVER_LIMITS =
  `${CEL_LIMITS}.filter(w, (${celAsked("object")}) > quantity(w.split('=')[1]).asApproximateFloat() && ` +
  `!(oldObject != null && (${celAsked("object")}) <= (${celAsked("oldObject")})))`;

/** The number of the size that a task's pods are counted for: by their class, else the smallest that they fit. */
function numberOf({ template }: Task, course: CourseParameters): string | undefined {
  const spec = template?.spec ?? {};
  const { priorityClassName = "" } = spec as { readonly priorityClassName?: string };
  if (priorityClassName.startsWith(CLASS_PREFIX)) return priorityClassName.split(".").at(-1);
  const size = [...course.sizes].sort(bySize).find((s) => fits(spec, s));
  return size && String(size.number);
}
const CEL_NUMBER =
  "[t.template].map(p, has(p.spec.priorityClassName) && p.spec.priorityClassName.startsWith('" +
  CLASS_PREFIX +
  `') ? [p.spec.priorityClassName.substring(p.spec.priorityClassName.lastIndexOf('.') + 1)] : ${CEL_NUMBERS})[0]`;

/** Pods of the job that are counted for a size. */
const podsOf = (job: PolicyObject, number: string, course: CourseParameters) =>
  jobPods(job, (task) => numberOf(task, course) === number);
const celPodsOf = (job: string) =>
  celJobPods(
    job,
    `has(t.template) && has(t.template.spec) && [${CEL_NUMBER}].exists(n, n.size() > 0 && n[0] == w.split('=')[0])`,
  );

function overSizes({ object, was, course }: Subject): [string, number][] {
  return Object.entries(course?.sizePods ?? {}).filter(([number, most]) => {
    const now = podsOf(object, number, course as CourseParameters);
    return now > most && !(was !== undefined && now <= podsOf(was, number, course as CourseParameters));
  });
}
const CEL_OVER_SIZES =
  "(has(params.data.sizePods) ? params.data.sizePods.split(' ').filter(w, w != '') : [])" +
  `.filter(w, ${celPodsOf("object")} > double(w.split('=')[1]) && !(oldObject != null && ${celPodsOf("object")} <= ${celPodsOf("oldObject")}))`;
/** A size's name, by its number. */
const CEL_SIZE_NAME =
  "params.data.sizes.split('\\n').map(l, l.split(' ')).filter(s, s[5] == w.split('=')[0]).map(s, s[0]).join('')";

const FIX = "ask for fewer pods, or for less in each";

const withinStudentLimits: Requirement = {
  problem: "the job asks for more than its student may hold at once",
  fix: FIX,
  breaches: (subject) =>
    overLimits(subject).map(([counted, most]) => ({
      path: "spec.tasks",
      value: `${counted}: ${asked(subject.object, counted)}, of ${most}`,
    })),
  cel: `${CEL_OVER_LIMITS}.size() == 0`,
  celBreach: `${CEL_OVER_LIMITS}.map(w, w.split('=')[0] + ': ' + string(${celAsked("object")}) + ', of ' + w.split('=')[1]).join('; ')`,
};

const withinSizes: Requirement = {
  problem: "the job asks for more pods of a size than the course may hold at once",
  fix: FIX,
  breaches: (subject) =>
    overSizes(subject).map(([number, most]) => ({
      path: "spec.tasks",
      value:
        `${subject.course?.sizes.find((s) => String(s.number) === number)?.name}: ` +
        `${podsOf(subject.object, number, subject.course as CourseParameters)} pods, of ${most}`,
    })),
  cel: `${CEL_OVER_SIZES}.size() == 0`,
  celBreach: `${CEL_OVER_SIZES}.map(w, ${CEL_SIZE_NAME} + ': ' + string(${celPodsOf("object")}) + ' pods, of ' + w.split('=')[1]).join('; ')`,
};

const job = (
  replicas: number | undefined,
  limits: Readonly<Record<string, unknown>>,
  name = "ada-gang",
  more = {},
) => {
  const made = volcanoJob(asking(limits), {}, more, { name });
  const { tasks, ...others } = made.spec as { readonly tasks: readonly [object, object] };
  return { ...made, spec: { ...others, tasks: [{ ...tasks[1], replicas }] } };
};
const wide = { cpu: "8", memory: "32Gi", [GPU]: "2" };

export const jobWithinLimits: Rule = {
  name: "job-within-limits",
  purpose:
    "A job above the limits of its student, or of its size, would wait for ever: Kubernetes refuses its pods only, one by one.",
  level: "mandatory",
  stops: volcano("VCJob", "vcjob/")("Jobs that can never start fill the queue before those that can."),
  kinds: [VOLCANO_JOB],
  goesBy: "course-policy",
  requirements: [withinStudentLimits, withinSizes],
  keeps: [
    { title: "all that a student may hold", objects: [job(6, wide)] },
    { title: "as many pods as a student may hold", objects: [job(30, {})] },
    { title: "more than a student may hold, for the course", objects: [job(8, wide, "demo")] },
    { title: "more pods than a student may hold, for the course", objects: [job(31, {}, "demo")] },
    { title: "all pods of a size", objects: [job(16, { ...wide, [GPU]: "0" }, "demo")] },
    { title: "a task without a number of pods", objects: [job(undefined, wide)] },
    {
      title: "a job from before the limits, that shrinks",
      operation: "UPDATE",
      was: job(8, wide),
      objects: [job(7, wide)],
    },
  ],
  breaks: [
    { title: "GPUs above the student's", objects: [job(7, wide)] },
    { title: "cores above the student's", objects: [job(25, { cpu: "4" })] },
    { title: "memory above the student's", objects: [job(17, { cpu: "4", memory: "31Gi" })] },
    { title: "pods above the student's", objects: [job(31, {})] },
    { title: "one pod above those of a size", objects: [job(17, { ...wide, [GPU]: "0" }, "demo")] },
    {
      title: "pods above those of the size whose class they have",
      objects: [job(17, {}, "demo", { priorityClassName: "lectern-size.2" })],
    },
    {
      title: "a job above the limits that grows",
      operation: "UPDATE",
      was: job(7, wide, "ada-growing"),
      objects: [job(8, wide, "ada-growing")],
    },
  ],
};
