import { accountOf } from "../accounts";
import { LEDGER_FINALIZER } from "../course-states";
import { everyPod, wholeObject } from "../requirement";
import type { PolicyObject, Rule, Subject } from "../rule";
import { WORKLOADS } from "../workloads";
import { ADA, CURIE, deployment, goodContainer, pod, volcanoJob } from "./examples";
import { kubernetes } from "./sources";

type Metadata = PolicyObject["metadata"];
const FIELDS = ["ownerReferences", "finalizers"] as const;
const WORDS = {
  ownerReferences:
    "a person says who owns the object; when that owner ends, so does this, or the other way round",
  finalizers: "a person gives the object a finalizer, and the namespace can never end",
} as const;
/** The API server itself gives pods with GPUs the ledger's finalizer, before rules are asked. */
const none = (metadata: Metadata, field: (typeof FIELDS)[number], subject: Subject) =>
  accountOf(subject) === undefined ||
  subject.request.operation === "UPDATE" ||
  (metadata?.[field] ?? []).every((entry) => entry === LEDGER_FINALIZER);
const celNone = (of: string, field: string) =>
  `variables.account == '' || request.operation == 'UPDATE' || !has(${of}.metadata) || ` +
  `!has(${of}.metadata.${field}) || ` +
  (field === "finalizers"
    ? `${of}.metadata.${field}.all(f, f == '${LEDGER_FINALIZER}')`
    : `size(${of}.metadata.${field}) == 0`);
const owner = {
  apiVersion: "v1",
  kind: "Pod",
  name: "ben-notebook",
  uid: "12345678-1234-1234-1234-123456789012",
};
const mine = { name: "ada-pod" };

function volcanoJobWith(metadata: object): PolicyObject {
  const job = volcanoJob(goodContainer, {}, {}, { name: "ada-gang" });
  const spec = job.spec as { readonly tasks: readonly { readonly template: object }[] };
  return {
    ...job,
    spec: {
      ...spec,
      tasks: spec.tasks.map((task) => ({ ...task, template: { metadata, ...task.template } })),
    },
  };
}

export const ownership: Rule = {
  name: "ownership",
  purpose: "Who owns an object, and what must happen before it ends, is for controllers to say.",
  level: "mandatory",
  stops: kubernetes(
    "Owners and Dependents",
    "concepts/overview/working-with-objects/owners-dependents/",
  )(
    "A finalizer that nobody removes keeps a course's namespace for ever; an owner that is another's blocks its end.",
  ),
  kinds: WORKLOADS,
  requirements: FIELDS.flatMap((field) => [
    wholeObject({
      path: `metadata.${field}`,
      holds: ({ metadata }, subject) => none(metadata, field, subject),
      cel: celNone("object", field),
      problem: WORDS[field],
      fix: `leave ${field} out`,
    }),
    everyPod({
      path: `metadata.${field}`,
      holds: ({ metadata }, subject) => none(metadata, field, subject),
      cel: celNone("p", field),
      problem: WORDS[field],
      fix: `leave ${field} out of the template`,
    }),
  ]),
  keeps: [
    { title: "an object that says nothing", by: ADA, objects: [pod({}, goodContainer, mine)] },
    {
      title: "what a controller makes",
      objects: [pod({}, goodContainer, { ownerReferences: [owner], finalizers: ["example.org/wait"] })],
    },
    {
      title: "the finalizer that the API server gives pods with GPUs",
      by: ADA,
      objects: [pod({}, goodContainer, { ...mine, finalizers: [LEDGER_FINALIZER] })],
    },
    { title: "a template that says nothing", by: CURIE, objects: [deployment()] },
  ],
  breaks: [
    {
      title: "another's pod as the owner of a job",
      by: ADA,
      objects: [volcanoJob(goodContainer, {}, {}, { name: "ada-gang", ownerReferences: [owner] })],
    },
    {
      title: "a finalizer of a job",
      by: ADA,
      objects: [volcanoJob(goodContainer, {}, {}, { name: "ada-gang", finalizers: ["example.org/wait"] })],
    },
    {
      title: "another's pod as the owner, in a template",
      by: CURIE,
      objects: [deployment(goodContainer, {}, { labels: { app: "notebook" }, ownerReferences: [owner] })],
    },
    {
      title: "a finalizer",
      by: ADA,
      objects: [pod({}, goodContainer, { ...mine, finalizers: ["example.org/wait"] })],
    },
    {
      title: "a finalizer in a template",
      by: CURIE,
      objects: [volcanoJobWith({ finalizers: ["example.org/wait"] })],
    },
  ],
};
