import { everyPod, wholeObject } from "../requirement";
import type { CourseParameters } from "../parameters";
import type { PolicyObject, Rule } from "../rule";
import { VOLCANO_JOB, WORKLOADS } from "../workloads";
import { deployment, goodContainer, pod, volcanoJob } from "./examples";
import { kubernetes } from "./sources";

const allowed = (name: string | undefined, course: CourseParameters | undefined) =>
  course === undefined || (name ?? "") === "" || course.priorityClasses.includes(name ?? "");
const celAllowed = (of: string) =>
  `!has(${of}.priorityClassName) || ${of}.priorityClassName == '' || ${of}.priorityClassName in params.data.priorityClasses.split(' ')`;
const FIX = "leave priorityClassName out";
const PROBLEM = "the class stands above what the course may use";
const classOf = ({ spec }: PolicyObject) =>
  (spec as { readonly priorityClassName?: string } | undefined)?.priorityClassName;

export const priority: Rule = {
  name: "priority",
  purpose: "No course puts its work before that of others.",
  level: "mandatory",
  stops: kubernetes(
    "Pod Priority and Preemption",
    "concepts/scheduling-eviction/pod-priority-preemption/",
  )("A pod of a high class evicts the pods of other courses, whatever their shares."),
  kinds: WORKLOADS,
  goesBy: "course-policy",
  requirements: [
    everyPod({
      path: "spec.priorityClassName",
      holds: ({ spec }, { course }) => allowed(spec?.priorityClassName, course),
      cel: celAllowed("p.spec"),
      problem: PROBLEM,
      fix: FIX,
    }),
    wholeObject({
      kinds: [VOLCANO_JOB],
      path: "spec.priorityClassName",
      holds: (object, { course }) => allowed(classOf(object), course),
      cel: celAllowed("object.spec"),
      problem: PROBLEM,
      fix: FIX,
    }),
  ],
  keeps: [
    { title: "no class", objects: [pod()] },
    { title: "a class of the course", objects: [pod({ priorityClassName: "course-urgent" })] },
    {
      title: "a job of that class",
      objects: [volcanoJob(goodContainer, { priorityClassName: "course-urgent" })],
    },
    { title: "a job with an empty class", objects: [volcanoJob(goodContainer, { priorityClassName: "" })] },
  ],
  breaks: [
    { title: "a class of the system", objects: [pod({ priorityClassName: "system-cluster-critical" })] },
    {
      title: "in a template",
      objects: [deployment(goodContainer, { priorityClassName: "system-node-critical" })],
    },
    { title: "a job above others", objects: [volcanoJob(goodContainer, { priorityClassName: "high" })] },
  ],
};
