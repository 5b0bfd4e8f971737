import assert from "node:assert/strict";
import fc from "fast-check";
import { alike, asking, PARAMETERS, volcanoJob } from "../../../../policies/rules/examples";
import { jobWithinLimits } from "../../../../policies/rules/job-within-limits";
import { requestOf } from "../../../../policies/verdict";

/** What the rule says of a job of ada's whose pods ask for so many thousandths of a core each. */
function breaches(pods: number, milliCores: number, limit: string) {
  const object = alike(pods, volcanoJob(asking({ cpu: `${milliCores}m` }), {}, {}, { name: "ada-gang" }));
  const course = { ...PARAMETERS, studentLimits: { "requests.cpu": limit }, sizePods: {} };
  const request = requestOf({ title: "", objects: [object] });
  return jobWithinLimits.requirements.flatMap((requirement) =>
    requirement.breaches({ object, course, request }),
  );
}

describe("a job within its student's limits", () => {
  it("may take exactly all of them, whatever parts they are made of, and no thousandth of a core more", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9_999 }), (pods, each) => {
        const whole = pods * each;
        assert.deepEqual(breaches(pods, each, `${whole}m`), []);
        assert.equal(breaches(pods, each, `${whole - 1}m`).length, 1);
      }),
      { examples: [[5, 1_400]] },
    );
  });

  it("names the student, the amount and the limit", () => {
    assert.deepEqual(breaches(3, 1_000, "2"), [{ path: "spec.tasks", value: "ada's requests.cpu: 3, of 2" }]);
  });
});
