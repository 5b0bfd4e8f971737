import { countedStudent, studentOf } from "../accounts";
import { bySize } from "../parameters";
import { everyPod, wholeObject } from "../requirement";
import type { PolicyObject, Rule, Subject } from "../rule";
import { classesOfStudent, PREEMPTION, SIZE_CLASSES, sizeClass } from "../size-classes";
import { POD, type PodSpec, VOLCANO_JOB, WORKLOADS } from "../workloads";
import { ADA, asking, deployment, goodContainer, pod, volcanoJob } from "./examples";
import { CEL_FITTING, fits } from "./instance-sizes";
import { kubernetes } from "./sources";

/** What the classes of an object's sizes begin with. */
const classesOf = (subject: Pick<Subject, "object" | "course">): string => {
  const { course } = subject;
  const student = countedStudent(subject);
  return student === undefined || !course?.studentClasses
    ? SIZE_CLASSES
    : classesOfStudent(course.studentClasses, student.id);
};
function allowed(name: string | undefined, subject: Subject): boolean {
  const { course } = subject;
  if (course === undefined || (name ?? "") === "" || name?.startsWith(classesOf(subject))) return true;
  return studentOf(subject) === undefined && course.priorityClasses.includes(name ?? "");
}
const celAllowed = (of: string) =>
  `!has(${of}.priorityClassName) || ${of}.priorityClassName == '' || ${of}.priorityClassName.startsWith(variables.classes) || ` +
  `(variables.student == '' && ${of}.priorityClassName in params.data.priorityClasses.split(' '))`;
const FIX = "leave priorityClassName out";
const PROBLEM = "the class stands above what the course may use, or is counted for somebody else";
const classOf = ({ spec }: PolicyObject) =>
  (spec as { readonly priorityClassName?: string } | undefined)?.priorityClassName;
const named = (name: string) => ({ name });

export const priority: Rule = {
  name: "priority",
  purpose:
    "No course puts its work before that of others, and every pod is counted for its size and its student.",
  level: "mandatory",
  stops: kubernetes(
    "Pod Priority and Preemption",
    "concepts/scheduling-eviction/pod-priority-preemption/",
  )(
    "A pod of a high class evicts the pods of other courses, whatever their shares; one of another's class spends the other's quota.",
  ),
  kinds: WORKLOADS,
  goesBy: "course-policy",
  requirements: [
    everyPod({
      path: "spec.priorityClassName",
      // A pod keeps its class for life, also when its student leaves.
      holds: ({ spec }, subject) =>
        (subject.object.kind === "Pod" && subject.request.operation !== "CREATE") ||
        allowed(spec?.priorityClassName, subject),
      cel: `(object.kind == 'Pod' && request.operation != 'CREATE') || ${celAllowed("p.spec")}`,
      problem: PROBLEM,
      fix: FIX,
    }),
    wholeObject({
      kinds: [VOLCANO_JOB],
      path: "spec.priorityClassName",
      holds: (object, subject) => allowed(classOf(object), subject),
      cel: celAllowed("object.spec"),
      problem: PROBLEM,
      fix: FIX,
    }),
  ],
  remedy: {
    text: "A pod without a class gets that of the smallest size that it fits: by it the quota of that size counts it, and, where students have limits, that of the student after whom it is called.",
    // Not a job's templates: sizes and limits may change while it waits, and its pods would have a class of before.
    kinds: [POD],
    fill: (o, course) => {
      const spec = o.spec as PodSpec | undefined;
      const size = [...(course?.sizes ?? [])].sort(bySize).find((s) => fits(spec ?? {}, s));
      if (course === undefined || size === undefined || (spec?.priorityClassName ?? "") !== "") return o;
      const priorityClassName = sizeClass(size.number, classesOf({ object: o, course }));
      return { ...o, spec: { ...spec, priorityClassName, preemptionPolicy: PREEMPTION } };
    },
    celWanted: "!has(object.spec.priorityClassName) || object.spec.priorityClassName == ''",
    celPatch:
      `[object].map(p, ${CEL_FITTING}).filter(sizes, sizes.size() > 0).map(sizes, [` +
      "JSONPatch{op: 'add', path: '/spec/priorityClassName', value: variables.classes + sizes[0][5]}, " +
      `JSONPatch{op: 'add', path: '/spec/preemptionPolicy', value: '${PREEMPTION}'}]).flatten()`,
  },
  keeps: [
    { title: "no class", objects: [pod()] },
    { title: "the class of a size", objects: [pod({ priorityClassName: sizeClass(1) })] },
    {
      title: "the student's own class of a size",
      by: ADA,
      objects: [
        pod({ priorityClassName: sizeClass(1, "lectern-x.ada.") }, goodContainer, named("ada-notebook")),
      ],
    },
    {
      title: "a student's pod, whoever makes it",
      objects: [
        pod({ priorityClassName: sizeClass(2, "lectern-x.ben.") }, goodContainer, named("ben-notebook")),
      ],
    },
    { title: "a class of the course", objects: [pod({ priorityClassName: "course-urgent" })] },
    {
      title: "a job of that class",
      objects: [volcanoJob(goodContainer, { priorityClassName: "course-urgent" })],
    },
    { title: "a job with an empty class", objects: [volcanoJob(goodContainer, { priorityClassName: "" })] },
    { title: "a student's gang", by: ADA, objects: [volcanoJob(asking({}), {}, {}, named("ada-gang"))] },
  ],
  breaks: [
    { title: "a class of the system", objects: [pod({ priorityClassName: "system-cluster-critical" })] },
    {
      title: "in a template",
      objects: [deployment(goodContainer, { priorityClassName: "system-node-critical" })],
    },
    {
      title: "in a template that is changed",
      operation: "UPDATE",
      was: deployment(),
      objects: [deployment(goodContainer, { priorityClassName: "system-node-critical" })],
    },
    { title: "a job above others", objects: [volcanoJob(goodContainer, { priorityClassName: "high" })] },
    {
      title: "a student's pod above others of the course",
      by: ADA,
      objects: [pod({ priorityClassName: "course-urgent" }, goodContainer, named("ada-first"))],
    },
    {
      title: "a student's gang above others of the course",
      by: ADA,
      objects: [volcanoJob(goodContainer, { priorityClassName: "course-urgent" }, {}, named("ada-first"))],
    },
    {
      title: "a student's pod counted for nobody",
      by: ADA,
      objects: [pod({ priorityClassName: sizeClass(1) }, goodContainer, named("ada-free"))],
    },
    {
      title: "a gang counted for another student",
      by: ADA,
      objects: [
        volcanoJob(
          goodContainer,
          {},
          { priorityClassName: sizeClass(1, "lectern-x.ben.") },
          named("ada-free"),
        ),
      ],
    },
  ],
};
