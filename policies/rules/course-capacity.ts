import { parseQuantity } from "../quantity";
import { COURSE_LABEL, isCourseNamespace, type PolicyObject, type Rule, type StackFault } from "../rule";
import { GPU, NAMESPACE, object } from "./examples";
import {
  capableGpus,
  courseQueueObject as queue,
  guaranteedGpus,
  isCourseQueue,
  QUEUE,
  roomGpus,
} from "./queue-shares";
import { volcano } from "./sources";

const HARD = `requests.${GPU}`;

function checkTogether(objects: readonly PolicyObject[]): StackFault[] {
  const queues = objects.filter((o) => isCourseQueue(o) && roomGpus(o) !== undefined);
  const last = queues.at(-1);
  if (last === undefined) return [];
  const room = Math.min(...queues.map((q) => roomGpus(q) ?? Infinity));
  const guaranteed = queues.reduce((total, q) => total + guaranteedGpus(q), 0);
  const quotas = objects.filter(
    (o) => o.kind === "ResourceQuota" && isCourseNamespace(o.metadata?.namespace),
  );
  return [
    ...above(last, "guarantees of all courses", guaranteed, room, `the room has ${room} GPUs`),
    ...quotas.flatMap((quota) => {
      const own = queues.find(
        (q) => `course-${q.metadata?.labels?.[COURSE_LABEL]}` === quota.metadata?.namespace,
      );
      const hard = (quota.spec as { readonly hard?: Readonly<Record<string, unknown>> } | undefined)?.hard;
      const most = own === undefined ? room : capableGpus(own);
      const problem = own === undefined ? `the room has ${room} GPUs` : `the course's capability is ${most}`;
      return above(quota, `spec.hard["${HARD}"]`, parseQuantity(hard?.[HARD] ?? 0) ?? NaN, most, problem);
    }),
  ];
}

function above(
  object: PolicyObject,
  path: string,
  value: number,
  most: number,
  problem: string,
): StackFault[] {
  return value <= most ? [] : [{ object, path, value: String(value), problem, fix: `at most ${most}` }];
}

const quota = (gpus: string) =>
  object(
    "v1",
    "ResourceQuota",
    { spec: { hard: { [HARD]: gpus } } },
    { name: "course", namespace: NAMESPACE },
  );

export const courseCapacity: Rule = {
  name: "course-capacity",
  purpose:
    "The courses of a stack are promised no more than the room has, and a quota no more than its course's capability.",
  level: "mandatory",
  stops: volcano(
    "Queue",
    "queue_resource_management/",
  )("Guarantees that add up to more than the room stop Volcano's scheduler for every course."),
  kinds: [QUEUE, { group: "", version: "v1", kind: "ResourceQuota", resource: "resourcequotas" }],
  inCourseNamespaces: false,
  requirements: [],
  checkStack: checkTogether,
  previewOnly:
    "CEL sees one object at a time. At run time each queue's capability holds its own course, and the plan of each course stack adds up the guarantees of all files.",
  keeps: [
    { title: "a course that may use all of the room", objects: [queue("x", [32, 32, 32]), quota("32")] },
    {
      title: "two courses whose ceilings overlap",
      objects: [queue("x", [16, 16, 32]), queue("y", [16, 16, 32])],
    },
  ],
  breaks: [
    {
      title: "two guarantees that the room cannot keep",
      objects: [queue("x", [16, 16, 32]), queue("y", [17, 17, 32])],
    },
    { title: "a quota above the course's capability", objects: [queue("x", [4, 8, 16]), quota("17")] },
    { title: "a quota above the room", objects: [queue("y", [4, 8, 16]), quota("33")] },
  ],
};
