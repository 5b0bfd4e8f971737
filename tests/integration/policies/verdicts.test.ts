import assert from "node:assert/strict";
import type { Example, Rule } from "../../../policies/rule";
import { RULES } from "../../../policies/rules";
import { PARAMETERS } from "../../../policies/rules/examples";
import { judge, judgedObjects, requestOf } from "../../../policies/verdict";
import { WarningRoom } from "../../fixtures/policies/warning-room";

/** What the predicates find broken in an example, over all rules, as `rule#index`. */
function predicted(rule: Rule, example: Example): string[] {
  const circumstances = {
    course: PARAMETERS,
    request: requestOf(example),
    ...(example.was && { was: example.was }),
  };
  const objects = judgedObjects(RULES, example, PARAMETERS);
  const names = RULES.flatMap((other) =>
    judge(other, objects, circumstances).flatMap(({ requirement, object }) => {
      // A quota that an example brings is there already, and nobody asks for it.
      if (rule.goesBy === "course-quota" && object.kind === "ResourceQuota") return [];
      return requirement ? [`${other.name}#${other.requirements.indexOf(requirement)}`] : [];
    }),
  );
  return [...new Set(names)].sort();
}

describe("the verdicts of the predicates and of the API server", function () {
  this.timeout(180_000);
  let room: WarningRoom;
  before(async () => {
    room = await WarningRoom.start("127.87.3.1");
  });
  after(() => room.stop());

  for (const rule of RULES) {
    for (const example of [...rule.keeps, ...rule.breaks]) {
      if (example.objects.some((object) => object.apiVersion === undefined)) continue;
      it(`${rule.name}: ${example.title}`, async () => {
        const answers = await room.ask(rule, example);
        const broken = [...new Set(answers.flatMap((answer) => answer.broken))].sort();
        assert.deepEqual(broken, predicted(rule, example), answers.map(({ message }) => message).join("\n"));
      });
    }
  }
});
