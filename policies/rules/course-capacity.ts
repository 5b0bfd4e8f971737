import type { Fault } from "../../base/faults";
import { COURSE_LABEL, isCourseNamespace, type PolicyObject, type Rule, type StackFault } from "../rule";

const GPU = "nvidia.com/gpu";
/** Annotation on a course's queue: how many GPUs the room has. */
export const ROOM_GPUS_ANNOTATION = "lectern.dev/room-gpus";

interface QueueSpec {
  readonly guarantee?: { readonly resource?: Readonly<Record<string, unknown>> };
  readonly deserved?: Readonly<Record<string, unknown>>;
  readonly capability?: Readonly<Record<string, unknown>>;
}

function shares(object: PolicyObject) {
  const spec = (object.spec ?? {}) as QueueSpec;
  return {
    guarantee: gpus(spec.guarantee?.resource) ?? 0,
    deserved: gpus(spec.deserved),
    capability: gpus(spec.capability),
  };
}

/** A count as Kubernetes has it, a number or text; undefined if there is none. GPUs are whole (device plugin API). */
function gpus(resources: Readonly<Record<string, unknown>> | undefined, key = GPU): number | undefined {
  const value = resources?.[key];
  return value === undefined || value === null ? undefined : Number(value);
}

function roomGpus(queue: PolicyObject): number | undefined {
  const text = queue.metadata?.annotations?.[ROOM_GPUS_ANNOTATION];
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}

const isCourseQueue = (object: PolicyObject) =>
  object.kind === "Queue" && object.metadata?.labels?.[COURSE_LABEL] !== undefined;

function checkQueue(queue: PolicyObject): Fault[] {
  if (!isCourseQueue(queue)) return [];
  const room = roomGpus(queue);
  if (room === undefined) {
    return [
      {
        path: `metadata.annotations["${ROOM_GPUS_ANNOTATION}"]`,
        value: JSON.stringify(queue.metadata?.annotations?.[ROOM_GPUS_ANNOTATION]) ?? "(missing)",
        problem: "the room's capacity is not known",
        fix: "set it to the number of GPUs of the room",
      },
    ];
  }
  const { guarantee, deserved, capability } = shares(queue);
  if (capability === undefined) {
    return [
      {
        path: `spec.capability["${GPU}"]`,
        value: "(missing)",
        problem: "the course has no ceiling",
        fix: `at most ${room}, the room's GPUs`,
      },
    ];
  }
  return [
    ...above(`spec.capability["${GPU}"]`, capability, room, `the room has ${room} GPUs`),
    ...above(
      `spec.deserved["${GPU}"]`,
      deserved ?? 0,
      capability,
      `the course's capability is ${capability}`,
    ),
    ...above(
      `spec.guarantee.resource["${GPU}"]`,
      guarantee,
      deserved ?? capability,
      `the course's ${deserved === undefined ? "capability" : "deserved share"} is ${deserved ?? capability}`,
    ),
  ];
}

function checkTogether(objects: readonly PolicyObject[]): StackFault[] {
  const queues = objects.filter((object) => isCourseQueue(object) && roomGpus(object) !== undefined);
  const room = Math.min(...queues.map((queue) => roomGpus(queue) ?? Infinity));
  if (!Number.isFinite(room)) return [];
  const guaranteed = queues.reduce((sum, queue) => sum + shares(queue).guarantee, 0);
  const last = queues.at(-1) as PolicyObject;
  const quotas = objects.filter(
    (o) => o.kind === "ResourceQuota" && isCourseNamespace(o.metadata?.namespace),
  );
  return [
    ...above("guarantees of all courses", guaranteed, room, `the room has ${room} GPUs`).map((fault) => ({
      ...fault,
      object: last,
    })),
    ...quotas.flatMap((object) => {
      const key = `requests.${GPU}`;
      const hard = (object.spec as { readonly hard?: Readonly<Record<string, unknown>> } | undefined)?.hard;
      const found = above(`spec.hard["${key}"]`, gpus(hard, key) ?? 0, room, `the room has ${room} GPUs`);
      return found.map((fault) => ({ ...fault, object }));
    }),
  ];
}

function above(path: string, value: number, most: number, problem: string): Fault[] {
  return value <= most ? [] : [{ path, value: String(value), problem, fix: `at most ${most}` }];
}

const queue = (
  name: string,
  [guarantee, deserved, capability]: readonly [number, number, number],
  room: string | undefined = "32",
): PolicyObject => ({
  apiVersion: "scheduling.volcano.sh/v1beta1",
  kind: "Queue",
  metadata: {
    name: `course-${name}`,
    labels: { [COURSE_LABEL]: name },
    ...(room === "" ? {} : { annotations: { [ROOM_GPUS_ANNOTATION]: room } }),
  },
  spec: {
    guarantee: { resource: { [GPU]: guarantee } },
    deserved: { [GPU]: deserved },
    capability: { [GPU]: capability },
  },
});
const quota = (gpuCount: string): PolicyObject => ({
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name: "course", namespace: "course-x" },
  spec: { hard: { [`requests.${GPU}`]: gpuCount } },
});

export const courseCapacity: Rule = {
  name: "course-capacity",
  purpose: "No course is promised, or allowed, more GPUs than the room has.",
  level: "mandatory",
  kinds: [
    { group: "scheduling.volcano.sh", version: "v1beta1", kind: "Queue", resource: "queues" },
    { group: "", version: "v1", kind: "ResourceQuota", resource: "resourcequotas" },
  ],
  inCourseNamespaces: false,
  checkObject: checkQueue,
  checkStack: checkTogether,
  keeps: [
    { title: "a course within the room", objects: [queue("x", [4, 8, 16])] },
    { title: "a course that may use all of it", objects: [queue("x", [32, 32, 32]), quota("32")] },
    {
      title: "two courses whose ceilings overlap",
      objects: [queue("x", [16, 16, 32]), queue("y", [16, 16, 32])],
    },
  ],
  breaks: [
    { title: "a capability above the room", objects: [queue("x", [4, 8, 33])] },
    { title: "a deserved share above the capability", objects: [queue("x", [4, 17, 16])] },
    { title: "a guarantee above the deserved share", objects: [queue("x", [9, 8, 16])] },
    {
      title: "two guarantees that the room cannot keep",
      objects: [queue("x", [16, 16, 32]), queue("y", [17, 17, 32])],
    },
    { title: "a quota above the room", objects: [queue("x", [4, 8, 16]), quota("33")] },
    { title: "a queue that does not name the room's GPUs", objects: [queue("x", [4, 8, 16], "")] },
  ],
};
