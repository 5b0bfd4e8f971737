import { accountOf } from "../accounts";
import { everyPod, wholeObject } from "../requirement";
import type { PolicyObject, Rule } from "../rule";
import { VOLCANO_JOB, WORKLOADS } from "../workloads";
import { ADA, deployment, goodContainer, NAMESPACE, object, pod, volcanoJob } from "./examples";
import { volcano } from "./sources";

const POD_GROUP = {
  group: "scheduling.volcano.sh",
  version: "v1beta1",
  kind: "PodGroup",
  resource: "podgroups",
};
const KEYS = ["scheduling.volcano.sh/queue-name", "volcano.sh/queue-name"];
const GROUP = "scheduling.k8s.io/group-name";
const FIX = "name the course's own queue, which is called as its namespace";

const isVolcano = (object: PolicyObject) => object.apiVersion?.includes("volcano.sh/") ?? false;
const ownQueueOnly = (metadata: PolicyObject["metadata"], namespace: string | undefined) =>
  KEYS.every((key) =>
    [metadata?.annotations?.[key], metadata?.labels?.[key]].every((queue) => queue === undefined || queue === namespace),
  );
const celOwnQueueOnly = (of: string) =>
  `!has(${of}.metadata) || (${["annotations", "labels"]
    .flatMap((map) =>
      KEYS.map(
        (key) =>
          `(!has(${of}.metadata.${map}) || !('${key}' in ${of}.metadata.${map}) || ${of}.metadata.${map}['${key}'] == request.namespace)`,
      ),
    )
    .join(" && ")})`;
const withoutQueue = (job: PolicyObject): PolicyObject => {
  const { queue: _, ...spec } = job.spec as Record<string, unknown>;
  return { ...job, spec };
};
const marked = (key = "", value = "") => ({ annotations: { [key]: value } });
const podGroup = (queue: string) => object("scheduling.volcano.sh/v1beta1", "PodGroup", { spec: { minMember: 1, queue } });

export const courseQueue: Rule = {
  name: "course-queue",
  purpose: "Work of a course waits in the course's own queue.",
  level: "mandatory",
  stops: volcano("Queue", "queue_resource_management/")(
    "A job in a foreign queue, or in Volcano's queue `default`, spends another course's share.",
  ),
  kinds: [...WORKLOADS, POD_GROUP],
  requirements: [
    wholeObject({
      path: "spec.queue",
      holds: (o) => !isVolcano(o) || (o.spec as { readonly queue?: string }).queue === o.metadata?.namespace,
      cel:
        "!object.apiVersion.contains('volcano.sh/') || (has(object.spec.queue) && object.spec.queue == request.namespace)",
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
      path: "metadata",
      holds: ({ metadata }, { object: o }) => ownQueueOnly(metadata, o.metadata?.namespace),
      cel: celOwnQueueOnly("p"),
      problem: "an annotation or label names a queue that is not the course's",
      fix: FIX,
    }),
    everyPod({
      path: `metadata.annotations["${GROUP}"]`,
      holds: ({ metadata }, subject) =>
        accountOf(subject) === undefined || metadata?.annotations?.[GROUP] === undefined,
      cel: `variables.account == '' || !has(p.metadata) || !has(p.metadata.annotations) || !('${GROUP}' in p.metadata.annotations)`,
      problem: "the pod joins a gang that somebody else made",
      fix: "leave the annotation out; Volcano sets it",
    }),
  ],
  remedy: {
    text: "A Volcano job that names no queue gets the course's.",
    kinds: [VOLCANO_JOB],
    fill: (o) => {
      const spec = o.spec as { readonly queue?: string };
      return spec.queue === undefined ? { ...o, spec: { ...spec, queue: o.metadata?.namespace } } : o;
    },
    celPatch:
      "has(object.spec.queue) ? [] : [JSONPatch{op: 'add', path: '/spec/queue', value: request.namespace}]",
  },
  keeps: [
    { title: "the course's queue", objects: [volcanoJob()] },
    { title: "no queue named", objects: [withoutQueue(volcanoJob())] },
    { title: "a pod that names none", objects: [pod()] },
    { title: "a pod that names the course's", objects: [pod({}, goodContainer, marked(KEYS[0], NAMESPACE))] },
    { title: "a gang of the course", objects: [podGroup(NAMESPACE)] },
    { title: "a pod that Volcano puts into a gang", objects: [pod({}, goodContainer, marked(GROUP, "gang"))] },
  ],
  breaks: [
    { title: "another course's queue", objects: [volcanoJob(goodContainer, { queue: "course-y" })] },
    { title: "Volcano's own queue", objects: [volcanoJob(goodContainer, { queue: "default" })] },
    { title: "a gang in another course's queue", objects: [podGroup("course-y")] },
    { title: "a gang in no queue", objects: [object("scheduling.volcano.sh/v1beta1", "PodGroup", { spec: { minMember: 1 } })] },
    ...KEYS.flatMap((key) => [
      { title: `the annotation ${key}`, objects: [pod({}, goodContainer, marked(key, "course-y"))] },
      { title: `the label ${key}`, objects: [pod({}, goodContainer, { labels: { [key]: "course-y" } })] },
      { title: `the annotation ${key} of a template`, objects: [deployment(goodContainer, {}, { annotations: { [key]: "course-y" } })] },
      { title: `the label ${key} of a job`, objects: [volcanoJob(goodContainer, {}, {}, { labels: { [key]: "course-y" } })] },
      { title: `the annotation ${key} of a job`, objects: [volcanoJob(goodContainer, {}, {}, marked(key, "course-y"))] },
      {
        title: `the label ${key} of a template`,
        objects: [deployment(goodContainer, {}, { labels: { app: "notebook", [key]: "course-y" } })],
      },
    ]),
    { title: "a gang that a student joins", by: ADA, objects: [pod({}, goodContainer, { name: "ada-pod", ...marked(GROUP, "ben-gang") })] },
  ],
};
