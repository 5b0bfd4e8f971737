import assert from "node:assert/strict";
import { AdmissionPolicies } from "../../../components/admission-policies";
import { admissionObjects } from "../../../policies/admission";
import { courseStateObjects } from "../../../policies/course-states";
import { siteSizeClasses } from "../../../policies/size-classes";
import { NO_SETTINGS } from "../../../policies/settings";
import { declare } from "../../fixtures/pulumi-mocks";

const GROUP = "kubernetes:admissionregistration.k8s.io/v1";

describe("AdmissionPolicies", () => {
  it("declares every rule that the API server can apply, with its bindings, below itself", async () => {
    const declared = await declare(() => new AdmissionPolicies("policies", { ledger: true }));
    const component = declared.one("lectern:index:AdmissionPolicies", "policies");
    const expected = [...admissionObjects(), ...courseStateObjects({ ledger: true })];
    assert.ok(expected.length >= 50);
    const classes = siteSizeClasses();
    assert.equal(declared.childrenOf(component).length, expected.length + classes.length);
    for (const { metadata, value } of classes) {
      const { inputs } = declared.one(
        "kubernetes:scheduling.k8s.io/v1:PriorityClass",
        `${metadata.name}-class`,
      );
      assert.deepEqual([value, inputs["preemptionPolicy"]], [0, "Never"], "as no class, and takes nothing");
    }
    for (const object of expected) {
      const suffix = object.kind.endsWith("Binding") ? "binding" : "policy";
      const { inputs } = declared.one(`${GROUP}:${object.kind}`, `${object.metadata.name}-${suffix}`);
      assert.deepEqual(inputs["spec"], JSON.parse(JSON.stringify(object.spec)));
    }
  });

  it("leaves out exceptions that have ended", async () => {
    const exception = (lastDay: string) => ({
      rule: "privileges",
      course: `until-${lastDay}`,
      reason: "a lab course",
      lastDay,
    });
    const exceptions = [exception("2020-01-31"), exception("2999-12-31")];
    const declared = await declare(
      () => new AdmissionPolicies("policies", { settings: { ...NO_SETTINGS, exceptions } }),
    );
    const text = JSON.stringify(declared.resources.map(({ inputs }) => inputs));
    assert.ok(text.includes("until-2999-12-31"));
    assert.ok(!text.includes("until-2020-01-31"));
  });
});
