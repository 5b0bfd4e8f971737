import assert from "node:assert/strict";
import type { Example, PolicyObject, Rule } from "../../../policies/rule";
import { RULES } from "../../../policies/rules";
import { besideGood } from "../../fixtures/policies/beside";
import { type Weaker, weakener } from "../../fixtures/policies/mutants";
import { WarningRoom, warnings } from "../../fixtures/policies/warning-room";

/** A requirement whose CEL lets more pass than it should. */
interface Mutant extends Weaker {
  readonly rule: Rule;
  readonly requirement: Rule["requirements"][number];
  /** What the API server calls it. */
  readonly name: string;
}

/** Forms by rule that let nothing more pass: Volcano's definition of jobs, which alone have several pods, lacks these fields. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  "workload-limits": [
    "resources of the pod as a whole go round the sizes and the queue, which count containers: all → exists",
  ],
  ownership: [
    "a person says who owns the object; when that owner ends, so does this, or the other way round: all → exists",
  ],
};

describe("every weakened form of every requirement, in the API server", function () {
  this.timeout(300_000);
  /** Names of those that let an example pass that their requirement refuses. */
  const found = new Set<string>();
  let mutants: readonly Mutant[];
  /** Those of a rule that no example has shown, in words. */
  const missed = (rule: Rule) =>
    mutants
      .filter((mutant) => mutant.rule === rule && !found.has(mutant.name))
      .map(({ requirement, change }) => `${requirement.problem}: ${change}`)
      .sort();
  let room: WarningRoom;
  before(async () => {
    const weakened = await weakener();
    mutants = RULES.flatMap((rule) =>
      rule.requirements
        .flatMap((requirement) => weakened(requirement.cel).map((form) => ({ ...form, rule, requirement })))
        .map((mutant, i) => ({ ...mutant, name: `${rule.name}#${i}` })),
    );
    room = await WarningRoom.start(
      "127.87.7.1",
      RULES.flatMap((rule) => mutantPolicies(rule, mutants)),
    );
    const show = async (rule: Rule, example: Example) => {
      for (const { broken } of await room.ask(rule, example)) broken.forEach((name) => found.add(name));
    };
    for (const rule of RULES) {
      const examples = rule.breaks.filter((example) =>
        example.objects.every(({ apiVersion }) => apiVersion !== undefined),
      );
      for (const example of examples) await show(rule, example);
      for (const example of examples.flatMap((one) => besideGood(rule, one))) {
        if (missed(rule).length > 0) await show(rule, example);
      }
    }
  });
  after(() => room?.stop());

  for (const rule of RULES.filter(({ requirements }) => requirements.length > 0)) {
    it(`${rule.name}: an example shows each`, () => {
      const own = mutants.filter((mutant) => mutant.rule === rule);
      assert.ok(own.length >= rule.requirements.length);
      assert.deepEqual(missed(rule), SAME[rule.name] ?? []);
    });
  }
});

/** Policies of a rule that warn wherever its requirement refuses and a weakened form of it does not. */
function mutantPolicies(rule: Rule, mutants: readonly Mutant[]): PolicyObject[] {
  const requirements = mutants
    .filter((mutant) => mutant.rule === rule)
    .map(({ requirement, cel }) => ({ ...requirement, cel: `(${requirement.cel}) || !(${cel})` }));
  return warnings([{ ...rule, requirements }]).map((object) => {
    const { matchConditions, ...spec } = object.spec as { readonly matchConditions?: object };
    // All of them together are longer than an expression may be.
    return object.kind === "ValidatingAdmissionPolicy" && matchConditions ? { ...object, spec } : object;
  });
}
