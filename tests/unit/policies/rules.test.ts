import assert from "node:assert/strict";
import { appliesTo, faultMessage, type PolicyObject, type Rule } from "../../../policies/rule";
import { RULES } from "../../../policies/rules";
import { pod, REGISTRY, goodContainer } from "../../../policies/rules/examples";

/** What a rule says of the objects of a stack: each by itself, then all together. */
function verdict(rule: Rule, objects: readonly PolicyObject[]): string[] {
  const parameters = { registry: REGISTRY };
  const seen = objects.filter((object) => appliesTo(rule, object));
  return [
    ...seen.flatMap((o) => (rule.checkObject?.(o, parameters) ?? []).map((fault) => faultMessage(o, fault))),
    ...(rule.checkStack?.(seen, parameters) ?? []).map((fault) => faultMessage(fault.object, fault)),
  ];
}

describe("policies: rules", () => {
  for (const rule of RULES) {
    describe(rule.name, () => {
      it("has an example of each sort", () => {
        assert.ok(rule.keeps.length > 0 && rule.breaks.length > 0);
      });
      for (const { title, objects } of rule.keeps) {
        it(`accepts ${title}`, () => {
          // A rule that does not even look at the objects would accept them too.
          assert.ok(objects.every((object) => appliesTo(rule, object)));
          assert.deepEqual(verdict(rule, objects), []);
        });
      }
      for (const { title, objects } of rule.breaks) {
        it(`refuses ${title}`, () => assert.notDeepEqual(verdict(rule, objects), []));
      }
    });
  }

  it("names object, place, value and fix", () => {
    const rule = RULES.find((r) => r.name === "image-digest") as Rule;
    const [message] = verdict(rule, [pod({}, { ...goodContainer, image: "nginx:latest" })]);
    assert.match(
      message ?? "",
      /^Pod course-x\/train: spec\.containers\[0\]\.image = "nginx:latest": .*; fix: use registry\.example:5000\//,
    );
  });

  it("leaves other namespaces alone", () => {
    const rule = RULES.find((r) => r.name === "no-privileged-or-host") as Rule;
    const driver = pod({ hostNetwork: true }, goodContainer, "lectern-system");
    assert.deepEqual(verdict(rule, [driver]), []);
  });

  it("shows P_Keys as operators write them", () => {
    const rule = RULES.find((r) => r.name === "one-pkey-per-course") as Rule;
    const [message] = verdict(rule, rule.breaks[0]?.objects ?? []);
    assert.equal(
      message,
      "FabricPartitions course-x: partitions[0].pkey = 0x0012: that P_Key belongs to course-y; fix: choose a P_Key that nobody else has",
    );
  });
});
