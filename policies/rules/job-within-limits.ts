import { countedStudent } from "../accounts";
import {
  CEL_HAS_PODS,
  celJobAmount,
  celJobPods,
  jobAmount,
  jobPods,
  type Task,
  tasksOf,
} from "../job-amounts";
import { bySize, type CourseParameters } from "../parameters";
import { parseQuantity } from "../quantity";
import type { PolicyObject, Requirement, Rule, Subject } from "../rule";
import { CLASS_PREFIX } from "../size-classes";
import { VOLCANO_JOB } from "../workloads";
import { alike, asking, GPU, volcanoJob } from "./examples";
import { CEL_FITTING, fits } from "./instance-sizes";
import { volcano } from "./sources";

/** What a quota counts, and what of it a job asks for. First containers are left out: the job then asks for no more. */
const COUNTED = { [`requests.${GPU}`]: GPU, "requests.cpu": "cpu", "requests.memory": "memory" } as const;
const LISTS = ["containers"] as const;
const PODS = "pods";

/** What products of parts, such as 5 × 1400m, may differ by from the whole. The API server counts in thousandths. */
const ROUNDING = 0.0005;

const classOf = ({ template }: Task) => template?.spec?.priorityClassName ?? "";
/**
 * The quotas of students and sizes go by classes: pods of a class of the course's own are counted by neither. A task
 * that says nothing of its pods makes none.
 */
const isCounted = (task: Task) =>
  task.template?.spec !== undefined && (classOf(task) === "" || classOf(task).startsWith(CLASS_PREFIX));
const CEL_CLASS = "t.template.spec.priorityClassName";
const CEL_IS_COUNTED = `(!has(${CEL_CLASS}) || ${CEL_CLASS} == '' || ${CEL_CLASS}.startsWith('${CLASS_PREFIX}'))`;

const asked = (job: PolicyObject, counted: string): number =>
  counted === PODS
    ? jobPods(job, isCounted)
    : jobAmount(job, COUNTED[counted as keyof typeof COUNTED] ?? "", LISTS, isCounted);
const celAsked = (job: string) =>
  Object.entries(COUNTED)
    .map(
      ([counted, resource]) =>
        `w.startsWith('${counted}=') ? ${celJobAmount(job, resource, LISTS, CEL_IS_COUNTED)} : `,
    )
    .join("") + celJobPods(job, `${CEL_HAS_PODS} && ${CEL_IS_COUNTED}`);
/** The same for people: memory in GiB. */
const MEMORY = "requests.memory";
const shown = (job: PolicyObject, counted: string) =>
  counted === MEMORY ? `${asked(job, counted) / 2 ** 30}Gi` : String(asked(job, counted));
const CEL_SHOWN = `(w.startsWith('${MEMORY}=') ? string((${celAsked("object")}) / ${2 ** 30}.0) + 'Gi' : string(${celAsked("object")}))`;

/**
 * Those of some bounds that a job goes beyond. One that takes no more than before it was changed may stay.
 * @param amount What a job takes of the bound that is named.
 */
function beyond<T extends string | number>(
  bounds: Readonly<Record<string, T>>,
  { object, was }: Subject,
  amount: (job: PolicyObject, name: string) => number,
): [string, T][] {
  return Object.entries(bounds).filter(([name, most]) => {
    const now = amount(object, name);
    return now > (parseQuantity(most) ?? 0) + ROUNDING && !(was !== undefined && now <= amount(was, name));
  });
}
/** The same in CEL, of a list of words `name=most`. @param amount Of the job, for the word `w`. */
const celBeyond = (bounds: string, amount: (job: string) => string) =>
  `${bounds}.filter(w, w != '' && (${amount("object")}) > quantity(w.split('=')[1]).asApproximateFloat() + ${ROUNDING} && ` +
  `!(oldObject != null && (${amount("object")}) <= (${amount("oldObject")})))`;

/** The limits of the student whose job it is, for one who has any. */
const limitsOf = ({ object, course }: Subject) =>
  (course?.studentClasses && countedStudent({ object, course }) && course.studentLimits) || {};
const CEL_OVER_LIMITS = celBeyond(
  "(variables.counted == '' || params.data.studentClasses == '' || !has(params.data.studentLimits) ? [] : params.data.studentLimits.split(' '))",
  celAsked,
);

/** The number of the size that a task's pods are counted for: by their class, else the smallest that they fit. */
function numberOf(task: Task, course: CourseParameters): string | undefined {
  if (!isCounted(task)) return undefined;
  if (classOf(task) !== "") return classOf(task).split(".").at(-1);
  const size = [...course.sizes].sort(bySize).find((s) => fits(task.template?.spec ?? {}, s));
  return size && String(size.number);
}
const CEL_NUMBER =
  "[t.template].map(p, has(p.spec.priorityClassName) && p.spec.priorityClassName.startsWith('" +
  CLASS_PREFIX +
  `') ? [p.spec.priorityClassName.substring(p.spec.priorityClassName.lastIndexOf('.') + 1)] : ${CEL_FITTING}.map(s, s[5]))[0]`;

/** Pods of the job that are counted for a size. */
const podsOf = (job: PolicyObject, number: string, course: CourseParameters) =>
  jobPods(job, (task) => numberOf(task, course) === number);
const celPodsOf = (job: string) =>
  celJobPods(
    job,
    `${CEL_HAS_PODS} && ${CEL_IS_COUNTED} && [${CEL_NUMBER}].exists(n, n.size() > 0 && n[0] == w.split('=')[0])`,
  );

const CEL_OVER_SIZES = celBeyond(
  "(has(params.data.sizePods) ? params.data.sizePods.split(' ') : [])",
  celPodsOf,
);
/** A size's name, by its number. */
const CEL_SIZE_NAME =
  "params.data.sizes.split('\\n').map(l, l.split(' ')).filter(s, s[5] == w.split('=')[0]).map(s, s[0]).join('')";

const FIX = "ask for fewer pods, or for less in each";

const withinStudentLimits: Requirement = {
  problem: "the job asks for more than its student may hold at once",
  fix: FIX,
  breaches: (subject) =>
    beyond(limitsOf(subject), subject, asked).map(([counted, most]) => ({
      path: "spec.tasks",
      value: `${countedStudent(subject)?.id}'s ${counted}: ${shown(subject.object, counted)}, of ${most}`,
    })),
  cel: `${CEL_OVER_LIMITS}.size() == 0`,
  celBreach: `${CEL_OVER_LIMITS}.map(w, variables.counted.split('=')[0] + "'s " + w.split('=')[0] + ': ' + ${CEL_SHOWN} + ', of ' + w.split('=')[1]).join('; ')`,
};

const withinSizes: Requirement = {
  problem: "the job asks for more pods of a size than the course may hold at once",
  fix: FIX,
  breaches: (subject) => {
    const { object, course } = subject;
    if (course === undefined) return [];
    const pods = (job: PolicyObject, number: string) => podsOf(job, number, course);
    return beyond(course.sizePods ?? {}, subject, pods).map(([number, most]) => ({
      path: "spec.tasks",
      value: `${course.sizes.find((s) => String(s.number) === number)?.name}: ${pods(object, number)} pods, of ${most}`,
    }));
  },
  cel: `${CEL_OVER_SIZES}.size() == 0`,
  celBreach: `${CEL_OVER_SIZES}.map(w, ${CEL_SIZE_NAME} + ': ' + string(${celPodsOf("object")}) + ' pods, of ' + w.split('=')[1]).join('; ')`,
};

const job = (
  replicas: number | undefined,
  limits: Readonly<Record<string, unknown>>,
  name = "ada-gang",
  more = {},
) => alike(replicas, volcanoJob(asking(limits), {}, more, { name }));
const withoutPods = (of: PolicyObject): PolicyObject => ({
  ...of,
  spec: { ...(of.spec as object), tasks: tasksOf(of).map((task) => ({ ...task, template: {} })) },
});
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
    { title: "a task that says nothing of its pods", objects: [withoutPods(job(31, {}))] },
    {
      title: "pods of a class of the course, which no such quota counts",
      objects: [job(31, {}, "ada-gang", { priorityClassName: "course-urgent" })],
    },
    {
      title: "more pods of such a class than the size may have",
      objects: [job(17, { ...wide, [GPU]: "0" }, "demo", { priorityClassName: "course-urgent" })],
    },
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
