import assert from "node:assert/strict";
import { admissionObjects } from "../../../policies/admission";

describe("policies: admission", () => {
  const objects = admissionObjects({ registry: "registry.example:5000" });

  it("binds every policy, by name, to the namespaces of courses and denies", () => {
    const policies = objects.filter((o) => o.kind === "ValidatingAdmissionPolicy");
    assert.deepEqual(
      policies.map((o) => o.metadata.name),
      ["lectern-workload-limits", "lectern-image-digest", "lectern-no-privileged-or-host"],
    );
    for (const { metadata } of policies) {
      const binding = objects.find((o) => o.kind.endsWith("Binding") && o.spec.policyName === metadata.name);
      assert.deepEqual(binding?.spec.validationActions, ["Deny"]);
      assert.deepEqual(binding?.spec.matchResources, {
        namespaceSelector: { matchExpressions: [{ key: "lectern.dev/course", operator: "Exists" }] },
      });
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

  it("watches debug containers", () => {
    for (const policy of objects.filter((o) => o.kind === "ValidatingAdmissionPolicy")) {
      assert.match(JSON.stringify(policy.spec.matchConstraints), /"pods\/ephemeralcontainers"/);
    }
  });
});
