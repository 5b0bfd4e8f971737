import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount";
import { Role } from "@pulumi/kubernetes/rbac/v1/role";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding";
import * as pulumi from "@pulumi/pulumi";

export interface CourseRolesArgs {
  readonly namespace: pulumi.Input<string>;
  readonly labels: Readonly<Record<string, string>>;
  readonly teachers: readonly string[];
  readonly assistants: readonly string[];
  readonly students: readonly string[];
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
  { apiGroups: [""], resources: ["configmaps"], verbs: ["get"], resourceNames: ["instance-sizes", "images"] },
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
const RULES: Readonly<Record<CourseRole, readonly Rule[]>> = {
  teacher: TEACHER_RULES,
  assistant: ASSISTANT_RULES,
  student: STUDENT_RULES,
};

/** Teacher, assistant and student of a course: a role each, and a service account for each person. */
export class CourseRoles extends pulumi.ComponentResource {
  constructor(name: string, args: CourseRolesArgs, options?: pulumi.ComponentResourceOptions) {
    super("lectern:index:CourseRoles", name, {}, options);
    const people = { teacher: args.teachers, assistant: args.assistants, student: args.students };
    for (const role of Object.keys(people) as CourseRole[]) this.declareRole(name, role, people[role], args);
    this.registerOutputs({});
  }

  private declareRole(
    name: string,
    role: CourseRole,
    people: readonly string[],
    args: CourseRolesArgs,
  ): void {
    const { namespace } = args;
    const child = { parent: this };
    const accounts = people.map(
      (person) =>
        new ServiceAccount(
          `${name}-${role}-${person}`,
          {
            metadata: {
              name: `${role}-${person}`,
              namespace,
              labels: { ...args.labels, "lectern.dev/role": role, "lectern.dev/person": person },
            },
            // Pods do not act for a person; people get short-lived tokens of their own.
            automountServiceAccountToken: false,
          },
          child,
        ),
    );
    const granted = new Role(
      `${name}-${role}`,
      { metadata: { name: role, namespace }, rules: RULES[role].map((rule) => ({ ...rule })) },
      child,
    );
    if (accounts.length === 0) return;
    new RoleBinding(
      `${name}-${role}`,
      {
        metadata: { name: role, namespace },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: granted.metadata.name },
        subjects: accounts.map((account) => ({
          kind: "ServiceAccount",
          name: account.metadata.name,
          namespace,
        })),
      },
      child,
    );
  }
}
