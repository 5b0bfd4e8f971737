import { celTexts } from "../cel";
import { wholeObject } from "../requirement";
import type { KindMatch, PolicyObject, Rule } from "../rule";
import { NAMESPACE, object } from "./examples";
import { rbacPractices } from "./sources";

const rbac = (kind: string): KindMatch => ({
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind,
  resource: `${kind.toLowerCase()}s`,
});
const VERBS = ["*", "escalate", "bind", "impersonate"];
/** They lead out of what the other rules hold: tokens of others, the nodes' own API, pods' placing. */
const RESOURCES = [
  "serviceaccounts/token",
  "nodes/proxy",
  "pods/binding",
  "resourcequotas",
  "limitranges",
  "networkpolicies",
];
const CHANGES = ["create", "update", "patch", "delete", "deletecollection"];

interface PolicyRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly verbs?: readonly string[];
}
interface Subject {
  readonly kind: string;
  readonly namespace?: string;
}
const rules = (o: PolicyObject) => (o.rules ?? []) as readonly PolicyRule[];
const every = (o: PolicyObject, field: keyof PolicyRule, forbidden: readonly string[]) =>
  rules(o).every((rule) => (rule[field] ?? []).every((word) => !forbidden.includes(word)));
const celEvery = (field: string, forbidden: readonly string[]) =>
  `object.kind != 'Role' || !has(object.rules) || object.rules == null || object.rules.all(r, !has(r.${field}) || r.${field}.all(w, !(w in ${celTexts(forbidden)})))`;

const role = (apiGroup: string, resource: string, verb: string) =>
  object("rbac.authorization.k8s.io/v1", "Role", {
    rules: [
      { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
      { apiGroups: [apiGroup], resources: [resource], verbs: [verb] },
    ],
  });
const binding = (kind: string, subject: object) =>
  object("rbac.authorization.k8s.io/v1", "RoleBinding", {
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name: "student" },
    subjects: [subject],
  });
const account = (namespace: string) => ({ kind: "ServiceAccount", name: "student-ada", namespace });

export const rbacLimits: Rule = {
  name: "rbac-limits",
  purpose: "Roles of a course name what they allow, end at the course, and cannot grow.",
  level: "mandatory",
  stops: rbacPractices(
    "A wildcard, or the verbs escalate, bind and impersonate, make a student an administrator.",
  ),
  kinds: [rbac("Role"), rbac("RoleBinding")],
  requirements: [
    wholeObject({
      path: "rules",
      holds: (o) => every(o, "verbs", VERBS),
      cel: celEvery("verbs", VERBS),
      problem: "the role allows every verb, or verbs by which it grows",
      fix: "name the verbs; none of escalate, bind, impersonate",
    }),
    wholeObject({
      path: "rules",
      holds: (o) =>
        rules(o).every(
          ({ resources = [], verbs = [] }) =>
            !resources.includes("*") &&
            (!resources.some((r) => RESOURCES.includes(r)) || !verbs.some((v) => CHANGES.includes(v))),
        ),
      cel:
        "object.kind != 'Role' || !has(object.rules) || object.rules == null || object.rules.all(r, !has(r.resources) || (!('*' in r.resources) && " +
        `(!r.resources.exists(w, w in ${celTexts(RESOURCES)}) || !r.verbs.exists(v, v in ${celTexts(CHANGES)}))))`,
      problem: "the role reaches past what a course may change",
      fix: "name the resources; quota, limits, network policies and tokens are the site's",
    }),
    wholeObject({
      path: "rules",
      holds: (o) => every(o, "apiGroups", ["*"]),
      cel: celEvery("apiGroups", ["*"]),
      problem: "the role holds for every API that there will ever be",
      fix: "name the API groups",
    }),
    wholeObject({
      path: "roleRef.kind",
      holds: (o) => o.kind !== "RoleBinding" || (o.roleRef as { readonly kind: string }).kind === "Role",
      cel: "object.kind != 'RoleBinding' || object.roleRef.kind == 'Role'",
      problem: "the binding gives a role of the whole cluster",
      fix: "bind a Role of the course",
    }),
    wholeObject({
      path: "subjects",
      holds: (o) =>
        o.kind !== "RoleBinding" ||
        ((o.subjects ?? []) as readonly Subject[]).every(
          ({ kind, namespace }) => kind === "ServiceAccount" && namespace === o.metadata?.namespace,
        ),
      cel:
        "object.kind != 'RoleBinding' || !has(object.subjects) || object.subjects.all(s, s.kind == 'ServiceAccount' && " +
        "has(s.namespace) && s.namespace == object.metadata.namespace)",
      problem: "the binding is for somebody who is not of the course",
      fix: "name service accounts of the course's namespace",
    }),
  ],
  keeps: [
    { title: "a role that names what it allows", objects: [role("batch.volcano.sh", "jobs", "create")] },
    { title: "looking at the quota", objects: [role("", "resourcequotas", "get")] },
    {
      title: "a role without rules",
      objects: [object("rbac.authorization.k8s.io/v1", "Role", { rules: [] })],
    },
    { title: "a student of the course", objects: [binding("Role", account(NAMESPACE))] },
  ],
  breaks: [
    { title: "every verb", objects: [role("", "pods", "*")] },
    ...["escalate", "bind", "impersonate"].map((verb) => ({
      title: verb,
      objects: [role("", "pods", verb)],
    })),
    { title: "every resource", objects: [role("", "*", "get")] },
    ...CHANGES.map((verb) => ({
      title: `${verb} of quotas`,
      objects: [role("", "resourcequotas", verb)],
    })),
    ...RESOURCES.map((resource) => ({ title: `new ${resource}`, objects: [role("", resource, "create")] })),
    {
      title: "somebody who is no account, as of the course",
      objects: [
        binding("Role", {
          kind: "User",
          name: "mallory",
          apiGroup: "rbac.authorization.k8s.io",
          namespace: NAMESPACE,
        }),
      ],
    },
    { title: "every API group", objects: [role("*", "pods", "get")] },
    { title: "a role of the cluster", objects: [binding("ClusterRole", account(NAMESPACE))] },
    { title: "another course's student", objects: [binding("Role", account("course-y"))] },
    {
      title: "everybody",
      objects: [
        binding("Role", {
          kind: "Group",
          name: "system:authenticated",
          apiGroup: "rbac.authorization.k8s.io",
        }),
      ],
    },
  ],
};
