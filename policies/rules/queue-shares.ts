import { limitOf } from "../quantity";
import { wholeObject } from "../requirement";
import { COURSE_LABEL, type KindMatch, type PolicyObject } from "../rule";
import type { Rule } from "../rule";
import { clusterObject, GPU } from "./examples";
import { volcano } from "./sources";

/** Annotation on a course's queue: how many GPUs the room has. */
export const ROOM_GPUS_ANNOTATION = "lectern.dev/room-gpus";
export const QUEUE: KindMatch = {
  group: "scheduling.volcano.sh",
  version: "v1beta1",
  kind: "Queue",
  resource: "queues",
};

interface QueueSpec {
  readonly guarantee?: { readonly resource?: Readonly<Record<string, unknown>> };
  readonly deserved?: Readonly<Record<string, unknown>>;
  readonly capability?: Readonly<Record<string, unknown>>;
}
const specOf = (queue: PolicyObject) => (queue.spec ?? {}) as QueueSpec;
const gpus = (limits: Readonly<Record<string, unknown>> | undefined) =>
  limits?.[GPU] === undefined ? undefined : limitOf({ resources: { limits } }, GPU);

export const isCourseQueue = (object: PolicyObject) =>
  object.kind === "Queue" && object.metadata?.labels?.[COURSE_LABEL] !== undefined;

/** GPUs of the room by the queue's annotation; undefined if it has none. */
export function roomGpus(queue: PolicyObject): number | undefined {
  const text = queue.metadata?.annotations?.[ROOM_GPUS_ANNOTATION];
  return text === undefined || !/^[0-9]+$/.test(text) ? undefined : Number(text);
}

export const guaranteedGpus = (queue: PolicyObject) => gpus(specOf(queue).guarantee?.resource) ?? 0;
export const capableGpus = (queue: PolicyObject) => gpus(specOf(queue).capability) ?? 0;
const deservedGpus = (queue: PolicyObject) => gpus(specOf(queue).deserved) ?? 0;

const CEL_ROOM = `has(object.metadata.annotations) && '${ROOM_GPUS_ANNOTATION}' in object.metadata.annotations && object.metadata.annotations['${ROOM_GPUS_ANNOTATION}'].matches('^[0-9]+$')`;
const celGpus = (path: string, parent = "") =>
  `(has(object.spec) && ${parent === "" ? "" : `has(object.spec.${parent}) && `}has(object.spec.${path}) && '${GPU}' in object.spec.${path} ? ` +
  `quantity(string(object.spec.${path}['${GPU}'])).asApproximateFloat() : 0.0)`;
const CEL_NO_COURSE = `!has(object.metadata.labels) || !('${COURSE_LABEL}' in object.metadata.labels)`;

export const courseQueueObject = (
  name: string,
  [guarantee, deserved, capability]: readonly [number, number, number | string | undefined],
  room: string | undefined = "32",
): PolicyObject =>
  clusterObject(
    "scheduling.volcano.sh/v1beta1",
    "Queue",
    {
      spec: {
        guarantee: { resource: { [GPU]: guarantee } },
        deserved: { [GPU]: deserved },
        capability: capability === undefined ? { cpu: 8 } : { [GPU]: capability },
      },
    },
    {
      name: `course-${name}`,
      labels: { [COURSE_LABEL]: name },
      ...(room === "" ? {} : { annotations: { [ROOM_GPUS_ANNOTATION]: room } }),
    },
  );

export const queueShares: Rule = {
  name: "queue-shares",
  purpose: "A course's queue keeps guarantee ≤ deserved ≤ capability ≤ the room's GPUs.",
  level: "mandatory",
  stops: volcano(
    "Queue",
    "queue_resource_management/",
  )("A queue without a ceiling, or with one above the room, promises GPUs that are not there."),
  kinds: [QUEUE],
  inCourseNamespaces: false,
  requirements: [
    wholeObject({
      path: `metadata.annotations["${ROOM_GPUS_ANNOTATION}"]`,
      holds: (o) => !isCourseQueue(o) || roomGpus(o) !== undefined,
      cel: `${CEL_NO_COURSE} || (${CEL_ROOM})`,
      problem: "the room's capacity is not known",
      fix: "set it to the number of GPUs of the room",
    }),
    wholeObject({
      path: `spec.capability["${GPU}"]`,
      holds: (o) => !isCourseQueue(o) || gpus(specOf(o).capability) !== undefined,
      cel: `${CEL_NO_COURSE} || (has(object.spec) && has(object.spec.capability) && '${GPU}' in object.spec.capability)`,
      problem: "the course has no ceiling",
      fix: "set it to at most the room's GPUs",
    }),
    wholeObject({
      path: `spec.capability["${GPU}"]`,
      holds: (o) => !isCourseQueue(o) || capableGpus(o) <= (roomGpus(o) ?? Infinity),
      cel:
        `${CEL_NO_COURSE} || !(${CEL_ROOM}) || ` +
        `${celGpus("capability")} <= double(object.metadata.annotations['${ROOM_GPUS_ANNOTATION}'])`,
      problem: "the room has fewer GPUs",
      fix: `at most the annotation ${ROOM_GPUS_ANNOTATION}`,
    }),
    wholeObject({
      path: `spec.deserved["${GPU}"]`,
      holds: (o) =>
        !isCourseQueue(o) || gpus(specOf(o).capability) === undefined || deservedGpus(o) <= capableGpus(o),
      cel:
        `${CEL_NO_COURSE} || !has(object.spec) || !has(object.spec.capability) || !('${GPU}' in object.spec.capability) || ` +
        `${celGpus("deserved")} <= ${celGpus("capability")}`,
      problem: "the share is above the course's capability",
      fix: "guarantee ≤ deserved ≤ capability",
    }),
    wholeObject({
      path: `spec.guarantee.resource["${GPU}"]`,
      holds: (o) => !isCourseQueue(o) || guaranteedGpus(o) <= deservedGpus(o),
      cel: `${CEL_NO_COURSE} || ${celGpus("guarantee.resource", "guarantee")} <= ${celGpus("deserved")}`,
      problem: "the guarantee is above the course's deserved share",
      fix: "guarantee ≤ deserved ≤ capability",
    }),
  ],
  keeps: [
    { title: "a course within the room", objects: [courseQueueObject("x", [4, 8, 16])] },
    { title: "a course that may use all of it", objects: [courseQueueObject("x", [32, 32, 32])] },
    { title: "counts as text", objects: [courseQueueObject("x", [1, 2, "32"])] },
    {
      title: "the semester's queue, which is no course's",
      objects: [
        clusterObject("scheduling.volcano.sh/v1beta1", "Queue", { spec: { capability: { [GPU]: 64 } } }),
      ],
    },
  ],
  breaks: [
    { title: "a capability above the room", objects: [courseQueueObject("x", [4, 8, 33])] },
    { title: "a deserved share above the capability", objects: [courseQueueObject("x", [4, 17, 16])] },
    { title: "a guarantee above the deserved share", objects: [courseQueueObject("x", [9, 8, 16])] },
    {
      title: "a queue that does not name the room's GPUs",
      objects: [courseQueueObject("x", [4, 8, 16], "")],
    },
    { title: "a number in words", objects: [courseQueueObject("x", [4, 8, 16], "many")] },
    { title: "a word before the number", objects: [courseQueueObject("x", [4, 8, 16], "about 32")] },
    { title: "a word after the number", objects: [courseQueueObject("x", [4, 8, 16], "32 GPUs")] },
    { title: "a queue without a ceiling", objects: [courseQueueObject("x", [4, 8, undefined])] },
  ],
};
