import assert from "node:assert/strict";
import { type AdmissionObject, admissionObjects } from "../../../policies/admission";
import { RULES } from "../../../policies/rules";
import { NO_SETTINGS } from "../../../policies/settings";

const policiesOf = (objects: readonly AdmissionObject[]) =>
  objects.filter((o) => o.kind === "ValidatingAdmissionPolicy");
const bindingsOf = (objects: readonly AdmissionObject[], policy: string) =>
  objects.filter((o) => o.kind === "ValidatingAdmissionPolicyBinding" && o.spec["policyName"] === policy);

describe("policies: admission", () => {
  const objects = admissionObjects();

  it("makes a policy of every rule that the API server can apply", () => {
    assert.deepEqual(
      policiesOf(objects).map((o) => o.metadata.name),
      RULES.filter((rule) => rule.requirements.length > 0).map((rule) => `lectern-${rule.name}`),
    );
  });

  it("binds every policy, denies and audits", () => {
    for (const { metadata } of policiesOf(objects)) {
      const bindings = bindingsOf(objects, metadata.name);
      assert.ok(bindings.length > 0);
      for (const { spec } of bindings) assert.deepEqual(spec["validationActions"], ["Deny", "Audit"]);
    }
  });

  it("binds the namespaces of courses alone, but for what holds for the whole cluster", () => {
    for (const rule of RULES.filter((r) => r.requirements.length > 0)) {
      for (const { spec } of bindingsOf(objects, `lectern-${rule.name}`)) {
        const { namespaceSelector } = (spec["matchResources"] ?? {}) as { namespaceSelector?: unknown };
        const inCourses = { matchExpressions: [{ key: "lectern.dev/course", operator: "Exists" }] };
        assert.deepEqual(namespaceSelector, rule.inCourseNamespaces === false ? undefined : inCourses);
      }
    }
  });

  it("fails closed", () => {
    for (const policy of objects.filter((o) => o.kind.endsWith("AdmissionPolicy"))) {
      assert.equal(policy.spec["failurePolicy"], "Fail");
    }
  });

  it("goes by an object of the request's own namespace, and lets what is there end without it", () => {
    const [create, update] = bindingsOf(objects, "lectern-job-within-quota");
    assert.deepEqual(create?.spec["paramRef"], { name: "course", parameterNotFoundAction: "Deny" });
    assert.deepEqual(update?.spec["paramRef"], { name: "course", parameterNotFoundAction: "Allow" });
  });

  it("watches debug containers and changes of size wherever it watches changes of pods", () => {
    const watched = policiesOf(objects).map((o) => JSON.stringify(o.spec["matchConstraints"]));
    const pods = watched.filter((text) => text.includes('"pods"'));
    assert.ok(pods.length > 20);
    for (const text of pods) {
      assert.match(text, /"pods\/ephemeralcontainers"/);
      assert.match(text, /"pods\/resize"/);
    }
  });

  it("follows the levels of the site", () => {
    const levels = { privileges: "advisory", "non-root": "disabled" } as const;
    const lenient = admissionObjects({ ...NO_SETTINGS, levels });
    const [binding] = bindingsOf(lenient, "lectern-privileges");
    assert.deepEqual(binding?.spec["validationActions"], ["Warn", "Audit"]);
    assert.ok(!policiesOf(lenient).some((o) => o.metadata.name === "lectern-non-root"));
  });

  it("lets an exception hold for its rule, its course and until its last day", () => {
    const exception = { rule: "privileges", course: "cxr", reason: "a lab course", lastDay: "2026-11-30" };
    const made = policiesOf(admissionObjects({ ...NO_SETTINGS, exceptions: [exception] }));
    const excepting = made.filter((o) => JSON.stringify(o.spec).includes("2026-11-30"));
    assert.deepEqual(
      excepting.map((o) => o.metadata.name),
      ["lectern-privileges"],
    );
    assert.match(JSON.stringify(excepting[0]?.spec["matchConditions"]), /'course-cxr'/);
  });
});
