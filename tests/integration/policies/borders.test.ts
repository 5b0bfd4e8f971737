import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { PolicyObject } from "../../../policies/rule";
import { RULES } from "../../../policies/rules";
import { courseQuota, PARAMETERS } from "../../../policies/rules/examples";
import { judge, requestOf } from "../../../policies/verdict";
import { nearObject } from "../../fixtures/policies/borders";
import { create } from "../../fixtures/policies/calls";
import { WarningRoom } from "../../fixtures/policies/warning-room";

/** Objects for each rule. */
const RUNS = 15;

describe("near the border of each rule, the predicates and the API server", function () {
  this.timeout(240_000);
  let room: WarningRoom;
  before(async () => {
    room = await WarningRoom.start("127.87.5.1");
  });
  after(() => room.stop());

  for (const rule of RULES.filter(({ requirements }) => requirements.length > 0)) {
    it(`agree: ${rule.name}`, async () => {
      const examples = [...rule.keeps, ...rule.breaks].filter(({ operation }) => operation === undefined);
      const near = fc
        .constantFrom(...examples)
        .chain((example) => fc.tuple(fc.constant(example), nearObject(example)));
      let judged = 0;
      await fc.assert(
        fc.asyncProperty(near, async ([example, object]) => {
          const { broken, stored } = await room.judge(create(object), example.by);
          // What Kubernetes itself refuses comes to no rule.
          if (stored === undefined) return;
          judged += 1;
          assert.deepEqual(broken, predicted(stored, example));
        }),
        { numRuns: RUNS },
      );
      assert.ok(judged > 0);
    });
  }
});

/** What the predicates find broken in an object as the API server would store it, as `rule#index`. */
function predicted(object: PolicyObject, example: Parameters<typeof requestOf>[0]): string[] {
  const names = RULES.flatMap((rule) =>
    judge(rule, [object, courseQuota], { course: PARAMETERS, request: requestOf(example) })
      .filter((violation) => violation.object === object && violation.requirement !== undefined)
      .map(({ requirement }) => `${rule.name}#${rule.requirements.findIndex((r) => r === requirement)}`),
  );
  return [...new Set(names)].sort();
}
