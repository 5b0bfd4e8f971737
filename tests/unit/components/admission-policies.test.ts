import assert from "node:assert/strict";
import { AdmissionPolicies } from "../../../components/admission-policies";
import { admissionObjects } from "../../../policies/admission";
import { declare } from "../../fixtures/pulumi-mocks";

const GROUP = "kubernetes:admissionregistration.k8s.io/v1";
const registry = "127.80.0.2:5000";

describe("AdmissionPolicies", () => {
  it("declares every rule that the API server can apply, with its binding, below itself", async () => {
    const declared = await declare(() => new AdmissionPolicies("policies", { registry }));
    const component = declared.one("lectern:index:AdmissionPolicies", "policies");
    const expected = admissionObjects({ registry });
    assert.ok(expected.length >= 2);
    assert.equal(declared.childrenOf(component).length, expected.length);
    for (const object of expected) {
      const suffix = object.kind.endsWith("Binding") ? "binding" : "policy";
      const { inputs } = declared.one(`${GROUP}:${object.kind}`, `${object.metadata.name}-${suffix}`);
      assert.deepEqual(inputs["spec"], JSON.parse(JSON.stringify(object.spec)));
    }
  });

  it("holds courses to the site's registry", async () => {
    const declared = await declare(() => new AdmissionPolicies("policies", { registry }));
    const policies = JSON.stringify(declared.all(`${GROUP}:ValidatingAdmissionPolicy`).map((p) => p.inputs));
    assert.ok(policies.includes(registry));
  });
});
