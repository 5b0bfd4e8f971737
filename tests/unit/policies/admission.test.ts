import assert from "node:assert/strict";
import { type AdmissionObject, admissionObjects } from "../../../policies/admission";
import { admissionGroups } from "../../../policies/admission-groups";
import { RULES } from "../../../policies/rules";
import { NO_SETTINGS } from "../../../policies/settings";

const policiesOf = (objects: readonly AdmissionObject[]) =>
  objects.filter((o) => o.kind === "ValidatingAdmissionPolicy");
const bindingsOf = (objects: readonly AdmissionObject[], policy: string) =>
  objects.filter((o) => o.kind === "ValidatingAdmissionPolicyBinding" && o.spec["policyName"] === policy);

describe("policies: admission", () => {
  const objects = admissionObjects();

  it("judges every requirement of every rule, each once for each kind and request", () => {
    const judged = admissionGroups().flatMap(({ kinds, operations, requirements }) =>
      requirements.flatMap(({ rule, requirement }) =>
        kinds.flatMap(({ group, resource }) =>
          operations.map((operation) =>
            [rule.name, rule.requirements.indexOf(requirement), group, resource, operation].join(" "),
          ),
        ),
      ),
    );
    const wanted = RULES.flatMap((rule) =>
      rule.requirements.flatMap(({ kinds = rule.kinds }, i) =>
        kinds.flatMap(({ group, resource }) =>
          (rule.operations ?? ["CREATE", "UPDATE"])
            .filter((operation) => (operation === "CONNECT") === resource.includes("/"))
            .map((operation) => [rule.name, i, group, resource, operation].join(" ")),
        ),
      ),
    );
    assert.deepEqual(judged.sort(), wanted.sort());
  });

  it("judges a pod by one policy for each parameter", () => {
    const aboutPods = admissionGroups().filter(
      ({ kinds, operations }) => operations.includes("CREATE") && kinds.some(({ kind }) => kind === "Pod"),
    );
    assert.deepEqual(
      aboutPods.map(({ name }) => name),
      ["workloads", "workloads-by-course-policy"],
    );
  });

  it("names each object of its kind differently", () => {
    const levels = { privileges: "advisory", egress: "advisory" } as const;
    const exception = { rule: "non-root", course: "cxr", reason: "a lab course", lastDay: "2026-11-30" };
    for (const settings of [NO_SETTINGS, { levels, exceptions: [exception] }]) {
      const names = admissionObjects(settings).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
      assert.equal(new Set(names).size, names.length);
    }
  });

  it("says first of every message which rule it is", () => {
    for (const { spec } of policiesOf(objects)) {
      for (const { message, messageExpression } of spec["validations"] as Record<string, string>[]) {
        const [rule = ""] = message?.split(": ") ?? [];
        assert.ok(RULES.some(({ name }) => name === rule));
        assert.ok(messageExpression?.startsWith(`'${rule}: ' + `));
      }
    }
  });

  it("binds every policy, denies and audits", () => {
    for (const { metadata } of policiesOf(objects)) {
      const bindings = bindingsOf(objects, metadata.name);
      assert.ok(bindings.length > 0);
      for (const { spec } of bindings) assert.deepEqual(spec["validationActions"], ["Deny", "Audit"]);
    }
  });

  it("binds the namespaces of courses alone, but for what holds for the whole cluster", () => {
    for (const { name, inCourseNamespaces } of admissionGroups()) {
      for (const { spec } of bindingsOf(objects, `lectern-${name}`)) {
        const { namespaceSelector } = (spec["matchResources"] ?? {}) as { namespaceSelector?: unknown };
        const inCourses = { matchExpressions: [{ key: "lectern.dev/course", operator: "Exists" }] };
        assert.deepEqual(namespaceSelector, inCourseNamespaces ? inCourses : undefined);
      }
    }
  });

  it("fails closed", () => {
    for (const policy of objects.filter((o) => o.kind.endsWith("AdmissionPolicy"))) {
      assert.equal(policy.spec["failurePolicy"], "Fail");
    }
  });

  it("goes by an object of the request's own namespace, and lets what is there end without it", () => {
    const [create, update] = bindingsOf(objects, "lectern-job-within-quota-by-course-quota");
    assert.deepEqual(create?.spec["paramRef"], { name: "course", parameterNotFoundAction: "Deny" });
    assert.deepEqual(update?.spec["paramRef"], { name: "course", parameterNotFoundAction: "Allow" });
  });

  it("watches debug containers and changes of size wherever it watches changes of pods", () => {
    const watched = policiesOf(objects).map((o) => JSON.stringify(o.spec["matchConstraints"]));
    const pods = watched.filter((text) => text.includes('"pods"') && text.includes('"UPDATE"'));
    assert.equal(pods.length, 2);
    for (const text of pods) {
      assert.match(text, /"pods\/ephemeralcontainers"/);
      assert.match(text, /"pods\/resize"/);
    }
  });

  it("follows the levels of the site", () => {
    const levels = { privileges: "advisory", "non-root": "disabled" } as const;
    const lenient = admissionObjects({ ...NO_SETTINGS, levels });
    const [binding] = bindingsOf(lenient, "lectern-privileges-advisory");
    assert.deepEqual(binding?.spec["validationActions"], ["Warn", "Audit"]);
    const rules = policiesOf(lenient).map(({ metadata, spec }) => [metadata.name, JSON.stringify(spec)]);
    assert.deepEqual(
      rules.filter(([, text]) => text?.includes("privileges: ")).map(([name]) => name),
      ["lectern-privileges-advisory"],
    );
    assert.ok(!rules.some(([, text]) => text?.includes("non-root: ")));
  });

  it("lets an exception hold for its rule, its course and until its last day", () => {
    const exception = { rule: "privileges", course: "cxr", reason: "a lab course", lastDay: "2026-11-30" };
    const made = policiesOf(admissionObjects({ ...NO_SETTINGS, exceptions: [exception] }));
    const excepting = made.filter((o) => JSON.stringify(o.spec).includes("2026-11-30"));
    assert.deepEqual(
      excepting.map((o) => o.metadata.name),
      ["lectern-privileges-excepted"],
    );
    assert.ok(
      !JSON.stringify(made.find((o) => o.metadata.name === "lectern-workloads")).includes("privileges: "),
    );
    assert.match(JSON.stringify(excepting[0]?.spec["matchConditions"]), /'course-cxr'/);
  });
});
