import assert from "node:assert/strict";
import { CourseRoles } from "../../../components/course-roles";
import { SECRETS, declare } from "../../fixtures/pulumi-mocks";

const RBAC = "kubernetes:rbac.authorization.k8s.io/v1";
interface Rule {
  readonly apiGroups: string[];
  readonly resources: string[];
  readonly verbs: string[];
  readonly resourceNames?: string[];
}

const roles = (asksForSizes = false) =>
  declare(
    () =>
      new CourseRoles("cxr", {
        namespace: "course-cxr",
        kubeconfig: SECRETS.kubeconfig,
        labels: { "lectern.dev/course": "cxr" },
        teachers: ["curie"],
        assistants: [],
        students: ["ada", "ben"],
        asksForSizes,
      }),
  );

async function rules(role: string, asksForSizes = false): Promise<Rule[]> {
  return (await roles(asksForSizes)).one(`${RBAC}:Role`, `cxr-${role}`).inputs["rules"] as Rule[];
}

/** Whether a role may do something, as the API server's RBAC authorizer decides. */
function may(granted: readonly Rule[], verb: string, resource: string, group = "", name?: string): boolean {
  return granted.some(
    (rule) =>
      rule.apiGroups.includes(group) &&
      rule.resources.includes(resource) &&
      rule.verbs.includes(verb) &&
      (rule.resourceNames === undefined || (name !== undefined && rule.resourceNames.includes(name))),
  );
}

describe("CourseRoles", () => {
  it("gives each person an account that pods cannot act for", async () => {
    const declared = await roles();
    const accounts = declared.objects<{ automountServiceAccountToken: boolean; metadata: object }>(
      "ServiceAccount",
    );
    assert.deepEqual(Object.keys(accounts).sort(), ["student-ada", "student-ben", "teacher-curie"]);
    assert.ok(Object.values(accounts).every((a) => a.automountServiceAccountToken === false));
    assert.deepEqual(accounts["student-ada"]?.metadata, {
      name: "student-ada",
      namespace: "course-cxr",
      labels: { "lectern.dev/course": "cxr", "lectern.dev/role": "student", "lectern.dev/person": "ada" },
    });
  });

  it("keeps all accounts in one resource, each by a key of its own, and its kubeconfig secret", async () => {
    const bundle = (await roles()).one("metal:index:KubernetesObjects", "cxr-accounts");
    assert.deepEqual(bundle.secrets, ["kubeconfig"]);
    assert.deepEqual(Object.keys(bundle.inputs["objects"] as object).sort(), [
      "student-ada/account",
      "student-ada/binding",
      "student-ben/account",
      "student-ben/binding",
      "teacher-curie/account",
      "teacher-curie/binding",
    ]);
  });

  it("lets students write what they ask for where a course has such sizes, and nothing else of the kind", async () => {
    const mayAsk = async (role: string, asksForSizes: boolean) =>
      may(await rules(role, asksForSizes), "patch", "configmaps", "", "size-asks");
    assert.equal(await mayAsk("student", true), true);
    assert.equal(await mayAsk("student", false), false);
    assert.equal(await mayAsk("assistant", true), false);
    const student = await rules("student", true);
    for (const name of ["size-approvals", "instance-sizes", undefined])
      assert.ok(!may(student, "patch", "configmaps", "", name), name);
  });

  it("binds each person to one role of the namespace, and nobody to a role of the cluster", async () => {
    const declared = await roles();
    const bindings = declared.objects<{ roleRef: object; subjects: object[] }>("RoleBinding");
    assert.deepEqual(
      Object.entries(bindings)
        .sort()
        .map(([name, { roleRef, subjects }]) => [name, roleRef, subjects]),
      [
        ["student-ada", "student"],
        ["student-ben", "student"],
        ["teacher-curie", "teacher"],
      ].map(([name, role]) => [
        name,
        { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role },
        [{ kind: "ServiceAccount", name, namespace: "course-cxr" }],
      ]),
    );
    assert.deepEqual(
      declared.resources.filter((r) => r.type.includes("Cluster")),
      [],
    );
  });

  it("lets students run and see work, and read nothing that is secret", async () => {
    const student = await rules("student");
    for (const verb of ["create", "get", "delete"])
      assert.ok(may(student, verb, "jobs", "batch.volcano.sh"), verb);
    assert.ok(may(student, "get", "pods/log"));
    assert.ok(may(student, "get", "configmaps", "", "instance-sizes"));
    assert.ok(!may(student, "list", "configmaps"));
    assert.ok(!may(student, "create", "serviceaccounts/token"));
  });

  it("lets everybody enter pods, which own-work bounds, and change none behind Volcano's back", async () => {
    for (const role of ["student", "assistant", "teacher"]) {
      const granted = await rules(role);
      assert.ok(may(granted, "create", "pods/exec"), role);
      for (const subresource of ["binding", "ephemeralcontainers", "eviction", "proxy", "resize", "status"]) {
        for (const verb of ["create", "get", "update", "patch"]) {
          assert.ok(!may(granted, verb, `pods/${subresource}`), `${role} ${verb} ${subresource}`);
        }
      }
      assert.ok(!may(granted, "patch", "pods") && !may(granted, "update", "pods"), role);
    }
  });

  it("leaves services to teachers, who may not change them into others", async () => {
    for (const role of ["student", "assistant", "teacher"]) {
      const granted = await rules(role);
      assert.equal(may(granted, "create", "services"), role === "teacher", role);
      assert.ok(!may(granted, "update", "services") && !may(granted, "patch", "services/status"), role);
    }
  });

  it("opens no secret but the invitation codes, and these to teachers only", async () => {
    for (const role of ["student", "assistant", "teacher"]) {
      const granted = await rules(role);
      assert.equal(may(granted, "get", "secrets", "", "invitation-codes"), role === "teacher", role);
      assert.ok(!may(granted, "get", "secrets", "", "anything-else"), role);
      assert.ok(!may(granted, "list", "secrets"), role);
    }
  });

  it("grants nobody a wildcard, a change of quotas, policies or roles", async () => {
    for (const role of ["student", "assistant", "teacher"]) {
      const granted = await rules(role);
      for (const rule of granted) {
        assert.ok(![...rule.apiGroups, ...rule.resources, ...rule.verbs].includes("*"), role);
      }
      for (const verb of ["create", "update", "patch", "delete"]) {
        assert.ok(!may(granted, verb, "resourcequotas"), role);
        assert.ok(!may(granted, verb, "networkpolicies", "networking.k8s.io"), role);
        assert.ok(!may(granted, verb, "roles", "rbac.authorization.k8s.io"), role);
        assert.ok(!may(granted, verb, "queues", "scheduling.volcano.sh"), role);
      }
    }
  });

  it("gives assistants what students have, and teachers what assistants have", async () => {
    const [student, assistant, teacher] = [
      await rules("student"),
      await rules("assistant"),
      await rules("teacher"),
    ];
    const includes = (more: readonly Rule[], less: readonly Rule[]) =>
      less.every((rule) => more.some((r) => JSON.stringify(r) === JSON.stringify(rule)));
    assert.ok(includes(assistant, student) && includes(teacher, assistant));
    assert.ok(may(assistant, "list", "configmaps") && !may(assistant, "update", "configmaps"));
    assert.ok(may(teacher, "update", "configmaps"));
  });
});
