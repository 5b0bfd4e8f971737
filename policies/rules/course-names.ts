import { wholeObject } from "../requirement";
import { COURSE_LABEL, type KindMatch, type PolicyObject, type Rule } from "../rule";
import { clusterObject } from "./examples";
import { kubernetes } from "./sources";

const NAMESPACE: KindMatch = { group: "", version: "v1", kind: "Namespace", resource: "namespaces" };
const QUEUE: KindMatch = {
  group: "scheduling.volcano.sh",
  version: "v1beta1",
  kind: "Queue",
  resource: "queues",
};
const VOLUME: KindMatch = {
  group: "",
  version: "v1",
  kind: "PersistentVolume",
  resource: "persistentvolumes",
};

const labelOf = ({ metadata }: PolicyObject) => metadata?.labels?.[COURSE_LABEL];
const CEL_LABELLED = `has(object.metadata.labels) && '${COURSE_LABEL}' in object.metadata.labels`;
const CEL_LABEL = `object.metadata.labels['${COURSE_LABEL}']`;

const labelled = (course: string) => ({ labels: { [COURSE_LABEL]: course } });
const namespace = (name: string, metadata = {}) =>
  clusterObject("v1", "Namespace", {}, { name, ...metadata });
const queue = (name: string, metadata = {}) =>
  clusterObject("scheduling.volcano.sh/v1beta1", "Queue", { spec: {} }, { name, ...metadata });
const volume = (name: string, metadata = {}) =>
  clusterObject(
    "v1",
    "PersistentVolume",
    {
      spec: {
        accessModes: ["ReadWriteMany"],
        capacity: { storage: "1Gi" },
        csi: { driver: "cephfs.csi.ceph.com", volumeHandle: name },
      },
    },
    { name, ...metadata },
  );

export const courseNames: Rule = {
  name: "course-names",
  purpose:
    "A course's namespace, queue and volumes carry its name and its label, so that every other rule finds them.",
  level: "mandatory",
  stops: kubernetes(
    "Multi-tenancy",
    "concepts/security/multi-tenancy/",
  )("A namespace without the label is a course that no rule binds; a wrong one is bound by another's."),
  kinds: [NAMESPACE, QUEUE, VOLUME],
  inCourseNamespaces: false,
  requirements: [
    wholeObject({
      path: "metadata.name",
      holds: (o) => {
        const course = labelOf(o);
        const { name = "" } = o.metadata ?? {};
        if (course === undefined) return true;
        return o.kind === "PersistentVolume"
          ? name.startsWith(`course-${course}-`)
          : name === `course-${course}`;
      },
      cel:
        `!(${CEL_LABELLED}) || (object.kind == 'PersistentVolume' ? object.metadata.name.startsWith('course-' + ${CEL_LABEL} + '-') : ` +
        `object.metadata.name == 'course-' + ${CEL_LABEL})`,
      problem: "the name is not that of the course in its label",
      fix: "call it course-<course>, with the label lectern.dev/course: <course>",
    }),
    wholeObject({
      path: `metadata.labels["${COURSE_LABEL}"]`,
      holds: (o) => !o.metadata?.name?.startsWith("course-") || labelOf(o) !== undefined,
      cel: `!object.metadata.name.startsWith('course-') || (${CEL_LABELLED})`,
      problem: "it is called as a course's, and has no course",
      fix: "set the label lectern.dev/course: <course>",
    }),
  ],
  keeps: [
    { title: "a course's namespace", objects: [namespace("course-z", labelled("z"))] },
    { title: "a course's queue", objects: [queue("course-z", labelled("z"))] },
    { title: "a course's volume", objects: [volume("course-z-home-ada", labelled("z"))] },
    {
      title: "what is not a course's",
      objects: [namespace("lectern-hub"), queue("2026-autumn"), volume("models")],
    },
  ],
  breaks: [
    { title: "a namespace without the label", objects: [namespace("course-z")] },
    { title: "a queue without the label", objects: [queue("course-z")] },
    { title: "another course's label", objects: [namespace("course-z", labelled("y"))] },
    {
      title: "a namespace that is not called as a course's",
      objects: [namespace("research", labelled("z"))],
    },
    { title: "a volume of another course", objects: [volume("course-y-home-ben", labelled("z"))] },
  ],
};
