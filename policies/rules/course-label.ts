import { everyPod, wholeObject } from "../requirement";
import { COURSE_LABEL, COURSE_NAMESPACE_PREFIX, type PolicyObject, type Rule } from "../rule";
import { WORKLOADS } from "../workloads";
import { deployment, goodContainer, pod, volcanoJob } from "./examples";
import { kubernetes } from "./sources";

const isOwn = (metadata: PolicyObject["metadata"], namespace: string | undefined) => {
  const course = metadata?.labels?.[COURSE_LABEL];
  return course === undefined || COURSE_NAMESPACE_PREFIX + course === namespace;
};
const celIsOwn = (of: string) =>
  `!has(${of}.metadata) || !has(${of}.metadata.labels) || !('${COURSE_LABEL}' in ${of}.metadata.labels) || ` +
  `'${COURSE_NAMESPACE_PREFIX}' + ${of}.metadata.labels['${COURSE_LABEL}'] == request.namespace`;
const WORDS = { problem: "the label names another course", fix: "leave the label out, or name the course" };
const labels = (course: string) => ({ labels: { app: "notebook", [COURSE_LABEL]: course } });

export const courseLabel: Rule = {
  name: "course-label",
  purpose: "What a course runs is counted as the course's.",
  level: "mandatory",
  stops: kubernetes(
    "Recommended Labels",
    "concepts/overview/working-with-objects/common-labels/",
  )("A pod with another course's label is paid for, and looked at, by that course."),
  kinds: WORKLOADS,
  requirements: [
    wholeObject({
      path: `metadata.labels["${COURSE_LABEL}"]`,
      holds: ({ metadata }) => isOwn(metadata, metadata?.namespace),
      cel: celIsOwn("object"),
      ...WORDS,
    }),
    everyPod({
      path: `metadata.labels["${COURSE_LABEL}"]`,
      holds: ({ metadata }, { object }) => isOwn(metadata, object.metadata?.namespace),
      cel: celIsOwn("p"),
      ...WORDS,
    }),
  ],
  keeps: [
    { title: "no label", objects: [pod()] },
    {
      title: "the own course",
      objects: [pod({}, goodContainer, labels("x")), deployment(goodContainer, {}, labels("x"))],
    },
  ],
  breaks: [
    { title: "another course", objects: [pod({}, goodContainer, labels("y"))] },
    { title: "a job of another course", objects: [volcanoJob(goodContainer, {}, {}, labels("y"))] },
    { title: "a template of another course", objects: [deployment(goodContainer, {}, labels("y"))] },
  ],
};
