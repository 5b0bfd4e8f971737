import { Role } from "@pulumi/kubernetes/rbac/v1/role";
import * as pulumi from "@pulumi/pulumi";
import { APPROVALS_NAME, ASKS_NAME } from "../policies/size-approvals";
import { TEMPLATES_NAME } from "./image-templates";
import { KubernetesObjects } from "../bare-metal/provider/sdk";

export interface CourseRolesArgs {
  readonly namespace: pulumi.Input<string>;
  /** Of the cluster's administrator. */
  readonly kubeconfig: pulumi.Input<string>;
  readonly labels: Readonly<Record<string, string>>;
  readonly teachers: readonly string[];
  readonly assistants: readonly string[];
  readonly students: readonly string[];
  /** Whether there are sizes that students ask for. */
  readonly asksForSizes: boolean;
}

type CourseRole = "teacher" | "assistant" | "student";
interface Rule {
  readonly apiGroups: string[];
  readonly resources: string[];
  readonly verbs: string[];
  readonly resourceNames?: string[];
}

const READ = ["get", "list", "watch"];
const RUN = [...READ, "create", "delete", "deletecollection"];

/**
 * What everybody in a course may do: run work in it, look at it and enter it. That students end and enter their own
 * alone is for policies/rules/own-work.ts to say: a role knows no owners.
 */
const STUDENT_RULES: readonly Rule[] = [
  { apiGroups: [""], resources: ["pods"], verbs: RUN },
  { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
  { apiGroups: [""], resources: ["pods/exec", "pods/attach", "pods/portforward"], verbs: ["create", "get"] },
  { apiGroups: ["batch.volcano.sh"], resources: ["jobs"], verbs: RUN },
  { apiGroups: ["scheduling.volcano.sh"], resources: ["podgroups"], verbs: READ },
  {
    apiGroups: [""],
    resources: ["events", "resourcequotas", "limitranges", "persistentvolumeclaims"],
    verbs: READ,
  },
  {
    apiGroups: [""],
    resources: ["configmaps"],
    verbs: ["get"],
    resourceNames: ["instance-sizes", "images", TEMPLATES_NAME, APPROVALS_NAME, ASKS_NAME],
  },
];
const ASSISTANT_RULES: readonly Rule[] = [
  ...STUDENT_RULES,
  { apiGroups: [""], resources: ["configmaps"], verbs: READ },
];
const TEACHER_RULES: readonly Rule[] = [
  ...ASSISTANT_RULES,
  { apiGroups: [""], resources: ["configmaps"], verbs: ["create", "update", "patch", "delete"] },
  { apiGroups: [""], resources: ["services"], verbs: [...READ, "create", "delete"] },
  { apiGroups: [""], resources: ["serviceaccounts"], verbs: READ },
  { apiGroups: [""], resources: ["secrets"], verbs: ["get"], resourceNames: ["invitation-codes"] },
];
/** That they write what they ask for themselves alone is for policies/size-approvals.ts to say. */
const ASK_RULES: readonly Rule[] = [
  { apiGroups: [""], resources: ["configmaps"], verbs: ["patch"], resourceNames: [ASKS_NAME] },
];
const RULES: Readonly<Record<CourseRole, readonly Rule[]>> = {
  teacher: TEACHER_RULES,
  assistant: ASSISTANT_RULES,
  student: STUDENT_RULES,
};

/**
 * Teacher, assistant and student of a course: a role each, and for each person a service account with a binding. All
 * accounts are one resource: a course has dozens, and who joins or leaves touches no other's.
 */
export class CourseRoles extends pulumi.ComponentResource {
  constructor(name: string, args: CourseRolesArgs, options?: pulumi.ComponentResourceOptions) {
    super("lectern:index:CourseRoles", name, {}, options);
    const { namespace, asksForSizes } = args;
    const rulesOf = (role: CourseRole) =>
      role === "student" && asksForSizes ? [...STUDENT_RULES, ...ASK_RULES] : RULES[role];
    const people = { teacher: args.teachers, assistant: args.assistants, student: args.students };
    const roles = (Object.keys(people) as CourseRole[]).map(
      (role) =>
        new Role(
          `${name}-${role}`,
          { metadata: { name: role, namespace }, rules: rulesOf(role).map((rule) => ({ ...rule })) },
          { parent: this },
        ),
    );
    const objects = (Object.keys(people) as CourseRole[]).flatMap((role) =>
      people[role].flatMap((person) => accountOf(role, person, args)),
    );
    new KubernetesObjects(
      `${name}-accounts`,
      { kubeconfig: args.kubeconfig, objects: Object.fromEntries(objects) },
      { parent: this, dependsOn: roles },
    );
    this.registerOutputs({});
  }
}

/** The account of one person, and what it may do. */
function accountOf(role: CourseRole, person: string, { namespace, labels }: CourseRolesArgs) {
  const metadata = {
    name: `${role}-${person}`,
    namespace,
    labels: { ...labels, "lectern.dev/role": role, "lectern.dev/person": person },
  };
  const account = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata,
    // Pods do not act for a person; people get short-lived tokens of their own.
    automountServiceAccountToken: false,
  };
  const binding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role },
    subjects: [{ kind: "ServiceAccount", name: metadata.name, namespace }],
  };
  return [
    [`${metadata.name}/account`, account],
    [`${metadata.name}/binding`, binding],
  ] as const;
}
