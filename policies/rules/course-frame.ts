import { wholeObject } from "../requirement";
import { CEL_GOVERNS } from "../cel";
import { PARAMETERS_NAME } from "../parameters";
import type { Rule } from "../rule";
import { ADA, coursePolicy, CURIE, object } from "./examples";
import { rbacPractices } from "./sources";

/** ConfigMaps of a course that its site writes. */
const CONFIG_MAPS = [PARAMETERS_NAME, "instance-sizes", "images"];
const kind = (group: string, name: string, resource = `${name.toLowerCase()}s`) => ({
  group,
  version: "v1",
  kind: name,
  resource,
});
const quota = (metadata = {}) =>
  object("v1", "ResourceQuota", { spec: { hard: { "count/secrets": "100" } } }, metadata);
const config = (name: string) => object("v1", "ConfigMap", { data: { a: "b" } }, { name });

export const courseFrame: Rule = {
  name: "course-frame",
  purpose:
    "Quota, limits, network policies, roles and the rules' own parameters are changed by who governs the course.",
  level: "mandatory",
  stops: rbacPractices(
    "A teacher who may write ConfigMaps raises the sizes and the registry that the rules go by.",
  ),
  kinds: [
    kind("", "ConfigMap"),
    kind("", "ResourceQuota"),
    kind("", "LimitRange"),
    kind("networking.k8s.io", "NetworkPolicy", "networkpolicies"),
    kind("rbac.authorization.k8s.io", "Role"),
    kind("rbac.authorization.k8s.io", "RoleBinding"),
  ],
  operations: ["CREATE", "UPDATE", "DELETE"],
  requirements: [
    wholeObject({
      path: "metadata.name",
      holds: ({ kind: of, metadata }, { request }) =>
        (of === "ConfigMap" && !CONFIG_MAPS.includes(metadata?.name ?? "")) || request.governs,
      cel:
        `(request.kind.kind == 'ConfigMap' && !((request.operation == 'DELETE' ? oldObject : object).metadata.name in ` +
        `['${CONFIG_MAPS.join("', '")}'])) || ` +
        CEL_GOVERNS,
      problem: "this is part of the frame that the site gives to the course",
      fix: "change the course's stack: pulumi up -s <course>",
    }),
  ],
  keeps: [
    { title: "what the operator declares", objects: [quota(), config("images")] },
    { title: "a teacher's own ConfigMap", by: CURIE, objects: [config("week-3")] },
    {
      title: "a student's own ConfigMap that ends",
      by: ADA,
      operation: "DELETE",
      objects: [config("ada-notes")],
    },
  ],
  breaks: [
    ...CONFIG_MAPS.slice(1).map((name) => ({
      title: `the ConfigMap ${name}, by a teacher`,
      by: CURIE,
      objects: [config(name)],
    })),
    {
      title: "the rules' parameters, by a teacher",
      by: CURIE,
      operation: "UPDATE",
      was: coursePolicy,
      objects: [{ ...config(PARAMETERS_NAME), data: { registry: "docker.io" } }],
    },
    { title: "a quota, by a teacher", by: CURIE, objects: [quota()] },
    {
      title: "a quota that ends, by a student",
      by: ADA,
      operation: "DELETE",
      objects: [quota({ name: "other" })],
    },
  ],
};
