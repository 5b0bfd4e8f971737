import { studentOf } from "../accounts";
import { wholeObject } from "../requirement";
import type { KindMatch, Rule } from "../rule";
import { WORKLOADS } from "../workloads";
import { ADA, CURIE, goodContainer, object, person, pod, volcanoJob } from "./examples";
import { kubernetes } from "./sources";

/** Ways into a pod, by the kind of the request. */
const WAYS_IN: readonly KindMatch[] = [
  { group: "", version: "v1", kind: "PodExecOptions", resource: "pods/exec" },
  { group: "", version: "v1", kind: "PodAttachOptions", resource: "pods/attach" },
  { group: "", version: "v1", kind: "PodPortForwardOptions", resource: "pods/portforward" },
  { group: "", version: "v1", kind: "PodProxyOptions", resource: "pods/proxy" },
];

const named = (name: string) => pod({}, goodContainer, { name });
const into = (kind: string, name: string) => object("v1", kind, {}, { name });

export const ownWork: Rule = {
  name: "own-work",
  purpose:
    "A student's pods and jobs are called after the student; only they and their teachers change, end or enter them.",
  level: "mandatory",
  stops: kubernetes(
    "Ephemeral Containers",
    "concepts/workloads/pods/ephemeral-containers/",
  )(
    "Through exec or a debug container a student reads another's memory, keys and home; by delete ends their work.",
  ),
  kinds: [...WORKLOADS, ...WAYS_IN],
  operations: ["CREATE", "UPDATE", "DELETE", "CONNECT"],
  requirements: [
    wholeObject({
      path: "metadata.name",
      holds: ({ metadata }, subject) => {
        const student = studentOf(subject);
        return (
          student === undefined || (metadata?.name ?? metadata?.generateName ?? "").startsWith(`${student}-`)
        );
      },
      cel:
        "variables.student == '' || (request.operation == 'CONNECT' ? request.name : " +
        "(request.operation == 'DELETE' ? oldObject.metadata.name : object.metadata.name)).startsWith(variables.student + '-')",
      problem: "a student's work is called after the student, and this is not yours",
      fix: "begin the name with your own and a hyphen, as in ada-train",
    }),
  ],
  keeps: [
    { title: "the student's own pod", by: ADA, objects: [named("ada-notebook")] },
    {
      title: "a name that the API server completes",
      by: ADA,
      objects: [{ ...pod(), metadata: { generateName: "ada-", namespace: "course-x" } }],
    },
    { title: "a job", by: ADA, objects: [volcanoJob(goodContainer, {}, {}, { name: "ada-gang" })] },
    { title: "a teacher's pod", by: CURIE, objects: [named("demo")] },
    { title: "the operator's pod", objects: [pod()] },
    ...WAYS_IN.map(({ kind, resource }) => ({
      title: `${resource} of the own pod`,
      by: ADA,
      operation: "CONNECT" as const,
      objects: [into(kind, "ada-notebook")],
    })),
    {
      title: "a teacher who helps",
      by: CURIE,
      operation: "CONNECT",
      objects: [into("PodExecOptions", "ada-notebook")],
    },
    {
      title: "an assistant who helps",
      by: person("assistant", "koch"),
      operation: "CONNECT",
      objects: [into("PodExecOptions", "ada-notebook")],
    },
    { title: "ending the own work", by: ADA, operation: "DELETE", objects: [named("ada-done")] },
    {
      title: "a teacher who ends a student's work",
      by: CURIE,
      operation: "DELETE",
      objects: [named("ada-done")],
    },
  ],
  breaks: [
    { title: "a pod without the student's name", by: ADA, objects: [named("notebook")] },
    { title: "a pod in another's name", by: ADA, objects: [named("ben-notebook")] },
    { title: "a name that only begins alike", by: ADA, objects: [named("adam-notebook")] },
    {
      title: "a job in another's name",
      by: ADA,
      objects: [volcanoJob(goodContainer, {}, {}, { name: "ben-gang" })],
    },
    ...WAYS_IN.map(({ kind, resource }) => ({
      title: `${resource} of another's pod`,
      by: ADA,
      operation: "CONNECT" as const,
      objects: [into(kind, "ben-notebook")],
    })),
    { title: "ending another's work", by: ADA, operation: "DELETE", objects: [named("ben-done")] },
    {
      title: "changing another's work",
      by: ADA,
      operation: "UPDATE",
      was: named("ben-changed"),
      objects: [pod({}, goodContainer, { name: "ben-changed", labels: { a: "b" } })],
    },
  ],
};
