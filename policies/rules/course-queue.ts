import { accountOf } from "../accounts";
import { celTexts } from "../cel";
import { everyPod, wholeObject } from "../requirement";
import type { PolicyObject, Rule } from "../rule";
import { POD, VOLCANO_JOB, WORKLOADS } from "../workloads";
import { ADA, deployment, goodContainer, NAMESPACE, object, pod, volcanoJob, withoutField } from "./examples";
import { volcano } from "./sources";

const POD_GROUP = {
  group: "scheduling.volcano.sh",
  version: "v1beta1",
  kind: "PodGroup",
  resource: "podgroups",
};
const KEYS = ["scheduling.volcano.sh/queue-name", "volcano.sh/queue-name"];
/** By these Volcano's controller knows the pods of a gang. */
const GANG_KEYS = [
  "scheduling.k8s.io/group-name",
  "volcano.sh/job-name",
  "volcano.sh/job-namespace",
  "volcano.sh/task-spec",
];
/** By these a pod is never reclaimed, whatever the shares (Volcano's reclaim action). */
const KEEPING_KEYS = ["volcano.sh/preemptable", "volcano.sh/revocable-zone", "volcano.sh/cooldown-time"];
const FIX = "name the course's own queue, which is called as its namespace";

const isVolcano = (object: PolicyObject) => object.apiVersion?.includes("volcano.sh/") ?? false;
const ownQueueOnly = (metadata: PolicyObject["metadata"], namespace: string | undefined) =>
  KEYS.every((key) =>
    [metadata?.annotations?.[key], metadata?.labels?.[key]].every(
      (queue) => queue === undefined || queue === namespace,
    ),
  );
/** What must hold for the annotations, and for the labels, of an object or a pod. */
const celMaps = (of: string, condition: (map: string) => string) =>
  `!has(${of}.metadata) || ((!has(${of}.metadata.annotations) || ${condition(`${of}.metadata.annotations`)}) && ` +
  `(!has(${of}.metadata.labels) || ${condition(`${of}.metadata.labels`)}))`;
const celOwnQueueOnly = (of: string) =>
  celMaps(of, (map) =>
    KEYS.map((key) => `(!('${key}' in ${map}) || ${map}['${key}'] == request.namespace)`).join(" && "),
  );
const hasNone = (metadata: PolicyObject["metadata"], keys: readonly string[]) =>
  keys.every((key) => metadata?.annotations?.[key] === undefined && metadata?.labels?.[key] === undefined);
const celHasNone = (of: string, keys: readonly string[]) =>
  celMaps(of, (map) => `${celTexts(keys)}.all(k, !(k in ${map}))`);
/** Volcano puts a bare pod of its scheduler into the queue that this annotation names. */
const BARE = KEYS[0] ?? "";
const isBare = (o: PolicyObject) =>
  o.kind === "Pod" &&
  (o.spec as { readonly schedulerName?: string } | undefined)?.schedulerName === "volcano";
const marked = (key = "", value = "") => ({ annotations: { [key]: value } });
const podGroup = (queue: string) =>
  object("scheduling.volcano.sh/v1beta1", "PodGroup", { spec: { minMember: 1, queue } });

export const courseQueue: Rule = {
  name: "course-queue",
  purpose: "Work of a course waits in the course's own queue.",
  level: "mandatory",
  stops: volcano(
    "Queue",
    "queue_resource_management/",
  )("A job in a foreign queue, or in Volcano's queue `default`, spends another course's share."),
  kinds: [...WORKLOADS, POD_GROUP],
  requirements: [
    wholeObject({
      kinds: [VOLCANO_JOB, POD_GROUP],
      path: "spec.queue",
      holds: (o) => (o.spec as { readonly queue?: string } | undefined)?.queue === o.metadata?.namespace,
      cel: "has(object.spec) && has(object.spec.queue) && object.spec.queue == request.namespace",
      problem: "the work goes to a queue that is not the course's",
      fix: FIX,
    }),
    wholeObject({
      path: "metadata",
      holds: ({ metadata }) => ownQueueOnly(metadata, metadata?.namespace),
      cel: celOwnQueueOnly("object"),
      problem: "an annotation or label names a queue that is not the course's",
      fix: FIX,
    }),
    everyPod({
      kinds: WORKLOADS,
      path: "metadata",
      holds: ({ metadata }, { object: o }) => ownQueueOnly(metadata, o.metadata?.namespace),
      cel: celOwnQueueOnly("p"),
      problem: "an annotation or label names a queue that is not the course's",
      fix: FIX,
    }),
    everyPod({
      kinds: WORKLOADS,
      path: "metadata",
      holds: ({ metadata }, subject) => accountOf(subject) === undefined || hasNone(metadata, GANG_KEYS),
      cel: `variables.account == '' || (${celHasNone("p", GANG_KEYS)})`,
      problem: "the pod joins a gang that somebody else made",
      fix: `leave ${GANG_KEYS.join(", ")} out; Volcano sets them`,
    }),
    everyPod({
      kinds: WORKLOADS,
      path: "metadata",
      holds: ({ metadata }) => hasNone(metadata, KEEPING_KEYS),
      cel: celHasNone("p", KEEPING_KEYS),
      problem: "the pod keeps what it has when others want their share back",
      fix: `leave ${KEEPING_KEYS.join(", ")} out`,
    }),
    wholeObject({
      path: "metadata",
      holds: ({ metadata }) => hasNone(metadata, KEEPING_KEYS),
      cel: celHasNone("object", KEEPING_KEYS),
      problem: "the work keeps what it has when others want their share back",
      fix: `leave ${KEEPING_KEYS.join(", ")} out`,
    }),
  ],
  remedy: {
    text: "A Volcano job, or a bare pod of Volcano's scheduler, that names no queue gets the course's.",
    kinds: [VOLCANO_JOB, POD],
    fill: (o) => {
      const queue = o.metadata?.namespace ?? "";
      if (isBare(o))
        return {
          ...o,
          metadata: { ...o.metadata, annotations: { [BARE]: queue, ...o.metadata?.annotations } },
        };
      return isVolcano(o) ? { ...o, spec: { queue, ...(o.spec as object) } } : o;
    },
    celWanted:
      "object.kind == 'Job' ? !has(object.spec.queue) : has(object.spec.schedulerName) && object.spec.schedulerName == 'volcano' && " +
      `(!has(object.metadata.annotations) || !('${BARE}' in object.metadata.annotations))`,
    celPatch:
      "object.kind == 'Job' ? [JSONPatch{op: 'add', path: '/spec/queue', value: request.namespace}] : " +
      "(!has(object.metadata.annotations) ? [JSONPatch{op: 'add', path: '/metadata/annotations', " +
      `value: {'${BARE}': request.namespace}}] : [JSONPatch{op: 'add', ` +
      `path: '/metadata/annotations/' + jsonpatch.escapeKey('${BARE}'), value: request.namespace}])`,
  },
  keeps: [
    { title: "the course's queue", objects: [volcanoJob()] },
    { title: "no queue named", objects: [withoutField(volcanoJob(), "queue")] },
    { title: "a pod that names none", objects: [pod()] },
    { title: "a pod that names the course's", objects: [pod({}, goodContainer, marked(KEYS[0], NAMESPACE))] },
    { title: "a pod of Volcano's scheduler that names none", objects: [pod({ schedulerName: "volcano" })] },
    {
      title: "one that has other annotations",
      objects: [pod({ schedulerName: "volcano" }, goodContainer, marked("note", "a"))],
    },
    { title: "a gang of the course", objects: [podGroup(NAMESPACE)] },
    {
      title: "a pod that Volcano puts into a gang",
      objects: [pod({}, goodContainer, marked(GANG_KEYS[0], "gang"))],
    },
  ],
  breaks: [
    { title: "another course's queue", objects: [volcanoJob(goodContainer, { queue: "course-y" })] },
    {
      title: "a pod of Volcano's scheduler for another course's queue",
      objects: [pod({ schedulerName: "volcano" }, goodContainer, marked(KEYS[0], "course-y"))],
    },
    { title: "Volcano's own queue", objects: [volcanoJob(goodContainer, { queue: "default" })] },
    { title: "a gang in another course's queue", objects: [podGroup("course-y")] },
    {
      title: "a gang in no queue",
      objects: [object("scheduling.volcano.sh/v1beta1", "PodGroup", { spec: { minMember: 1 } })],
    },
    ...KEYS.flatMap((key) => [
      { title: `the annotation ${key}`, objects: [pod({}, goodContainer, marked(key, "course-y"))] },
      { title: `the label ${key}`, objects: [pod({}, goodContainer, { labels: { [key]: "course-y" } })] },
      {
        title: `the annotation ${key} of a template`,
        objects: [deployment(goodContainer, {}, { annotations: { [key]: "course-y" } })],
      },
      {
        title: `the label ${key} of a job`,
        objects: [volcanoJob(goodContainer, {}, {}, { labels: { [key]: "course-y" } })],
      },
      {
        title: `the annotation ${key} of a job`,
        objects: [volcanoJob(goodContainer, {}, {}, marked(key, "course-y"))],
      },
      {
        title: `the label ${key} of a template`,
        objects: [deployment(goodContainer, {}, { labels: { app: "notebook", [key]: "course-y" } })],
      },
    ]),
    ...GANG_KEYS.flatMap((key) => [
      {
        title: `${key} by a student`,
        by: ADA,
        objects: [pod({}, goodContainer, { name: "ada-pod", ...marked(key, "ben-gang") })],
      },
      {
        title: `the label ${key} by a student`,
        by: ADA,
        objects: [pod({}, goodContainer, { name: "ada-pod", labels: { [key]: "ben-gang" } })],
      },
    ]),
    ...KEEPING_KEYS.flatMap((key) => [
      { title: `${key} of a pod`, objects: [pod({}, goodContainer, { labels: { [key]: "false" } })] },
      { title: `${key} of a job`, objects: [volcanoJob(goodContainer, {}, {}, marked(key, "false"))] },
      {
        title: `${key} of a template`,
        objects: [deployment(goodContainer, {}, { labels: { app: "notebook" }, ...marked(key, "false") })],
      },
    ]),
  ],
};
