import assert from "node:assert/strict";
import type { PolicyObject, Rule } from "../../../policies/rule";
import { RULES } from "../../../policies/rules";
import { type Weaker, weakener } from "../../fixtures/policies/mutants";
import { WarningRoom, warnings } from "../../fixtures/policies/warning-room";

/** A requirement whose CEL lets more pass than it should. */
interface Mutant extends Weaker {
  readonly rule: Rule;
  readonly requirement: Rule["requirements"][number];
  /** What the API server calls it. */
  readonly name: string;
}

describe("every weakened form of every requirement, in the API server", function () {
  this.timeout(300_000);
  /** Names of those that let an example pass that their requirement refuses. */
  const found = new Set<string>();
  let mutants: readonly Mutant[];
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
    for (const rule of RULES) {
      for (const example of rule.breaks) {
        if (example.objects.some(({ apiVersion }) => apiVersion === undefined)) continue;
        for (const { broken } of await room.ask(rule, example)) broken.forEach((name) => found.add(name));
      }
    }
  });
  after(() => room?.stop());

  for (const rule of RULES.filter(({ requirements }) => requirements.length > 0)) {
    it(`${rule.name}: an example shows each`, () => {
      const own = mutants.filter((mutant) => mutant.rule === rule);
      assert.ok(own.length >= rule.requirements.length);
      const missed = own.filter(({ name }) => !found.has(name));
      assert.deepEqual(
        missed.map(({ requirement, change }) => `${requirement.problem}: ${change}`),
        [],
      );
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
