import assert from "node:assert/strict";
import { admissionObjects } from "../../../policies/admission";

describe("policies: admission", () => {
  const objects = admissionObjects({ registry: "registry.example:5000" });

  it("binds every policy, by name, to the namespaces of courses and denies", () => {
    const policies = objects.filter((o) => o.kind === "ValidatingAdmissionPolicy");
    assert.deepEqual(
      policies.map((o) => o.metadata.name),
      [
        "lectern-workload-limits",
        "lectern-image-digest",
        "lectern-no-privileged-or-host",
        "lectern-job-within-quota",
      ],
    );
    for (const { metadata } of policies) {
      const bindings = objects.filter(({ spec }) => spec.policyName === metadata.name);
      assert.ok(bindings.length > 0);
      for (const { spec } of bindings) {
        assert.deepEqual(spec.validationActions, ["Deny"]);
        assert.deepEqual((spec.matchResources as { namespaceSelector: unknown }).namespaceSelector, {
          matchExpressions: [{ key: "lectern.dev/course", operator: "Exists" }],
        });
      }
    }
  });

  it("fails closed", () => {
    for (const policy of objects.filter((o) => o.kind === "ValidatingAdmissionPolicy")) {
      assert.equal(policy.spec.failurePolicy, "Fail");
    }
  });

  it("holds the registry of the site", () => {
    assert.match(JSON.stringify(objects), /startsWith\('registry\.example:5000\/'\)/);
  });

  it("watches debug containers wherever it watches pods", () => {
    const watched = objects.map((o) => JSON.stringify(o.spec.matchConstraints ?? {}));
    const pods = watched.filter((text) => text.includes('"pods"'));
    assert.equal(pods.length, 3);
    for (const text of pods) assert.match(text, /"pods\/ephemeralcontainers"/);
  });

  it("goes by an object of the request's own namespace", () => {
    const [policy, create, update] = objects.filter(({ metadata }) => metadata.name.includes("quota"));
    assert.deepEqual(policy?.spec.paramKind, { apiVersion: "v1", kind: "ResourceQuota" });
    assert.deepEqual(create?.spec.paramRef, { name: "course", parameterNotFoundAction: "Deny" });
    assert.deepEqual(update?.spec.paramRef, { name: "course", parameterNotFoundAction: "Allow" });
  });
});
