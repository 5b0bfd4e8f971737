import { CEL_IS_COURSE_ACCOUNT, isCourseAccount } from "../accounts";
import { wholeObject } from "../requirement";
import { COURSE_LABEL, type KindMatch, type Rule } from "../rule";
import { ADA, clusterObject, CURIE } from "./examples";
import { rbacPractices } from "./sources";

const kind = (
  group: string,
  version: string,
  name: string,
  resource = `${name.toLowerCase()}s`,
): KindMatch => ({
  group,
  version,
  kind: name,
  resource,
});
const KINDS: readonly KindMatch[] = [
  kind("apiextensions.k8s.io", "v1", "CustomResourceDefinition"),
  kind("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration"),
  kind("admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration"),
  kind("rbac.authorization.k8s.io", "v1", "ClusterRole"),
  kind("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding"),
  kind("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses"),
  kind("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses"),
  kind("storage.k8s.io", "v1", "StorageClass", "storageclasses"),
  kind("apiregistration.k8s.io", "v1", "APIService"),
];
const labels = { [COURSE_LABEL]: "x" };
const priorityClass = (metadata = {}) =>
  clusterObject("scheduling.k8s.io/v1", "PriorityClass", { value: 1 }, metadata);
const clusterRole = (metadata = {}) =>
  clusterObject("rbac.authorization.k8s.io/v1", "ClusterRole", { rules: [] }, metadata);
const webhook = clusterObject(
  "admissionregistration.k8s.io/v1",
  "ValidatingWebhookConfiguration",
  { webhooks: [] },
  { labels },
);

export const clusterKinds: Rule = {
  name: "cluster-kinds",
  purpose:
    "A course changes nothing that holds for the whole cluster: no definitions, webhooks, classes, cluster roles.",
  level: "mandatory",
  stops: rbacPractices(
    "A webhook sees, and changes, every request of every course; a CRD or class outlives its course.",
  ),
  kinds: KINDS,
  inCourseNamespaces: false,
  operations: ["CREATE", "UPDATE", "DELETE"],
  requirements: [
    wholeObject({
      path: "kind",
      holds: (_, { request }) => !isCourseAccount(request.user),
      cel: `!${CEL_IS_COURSE_ACCOUNT}`,
      problem: "an account of a course asks for what holds for the whole cluster",
      fix: "ask who runs the site",
    }),
    wholeObject({
      path: `metadata.labels["${COURSE_LABEL}"]`,
      holds: ({ metadata }, { request }) =>
        request.operation === "DELETE" || metadata?.labels?.[COURSE_LABEL] === undefined,
      cel: `request.operation == 'DELETE' || !has(object.metadata.labels) || !('${COURSE_LABEL}' in object.metadata.labels)`,
      problem: "a course brings what holds for the whole cluster",
      fix: "declare it in the site's stack, without the course's label",
    }),
  ],
  keeps: [
    { title: "what the site declares", objects: [priorityClass(), clusterRole()] },
    { title: "a label of something else", objects: [clusterRole({ labels: { app: "hub" } })] },
  ],
  breaks: [
    { title: "a webhook of a course", objects: [webhook] },
    { title: "a cluster role of a course", objects: [clusterRole({ labels })] },
    { title: "a student's class", by: ADA, objects: [priorityClass()] },
    { title: "a teacher's cluster role", by: CURIE, objects: [clusterRole()] },
    {
      title: "a teacher who ends the site's class",
      by: CURIE,
      operation: "DELETE",
      objects: [priorityClass({ name: "site-class" })],
    },
  ],
};
