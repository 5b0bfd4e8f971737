import assert from "node:assert/strict";
import { appliesTo, type Example, faultMessage, type Requirement, type Rule } from "../../../policies/rule";
import { RULES } from "../../../policies/rules";
import { goodContainer, PARAMETERS, pod } from "../../../policies/rules/examples";
import { judge, judgedObjects, remedied, requestOf, type Violation } from "../../../policies/verdict";

/** What a rule says of an example, as the API server would be asked. */
function verdict(rule: Rule, example: Example): Violation[] {
  return judge(rule, judgedObjects(RULES, example, PARAMETERS), {
    course: PARAMETERS,
    request: requestOf(example),
    ...(example.was && { was: example.was }),
  });
}

const without = (rule: Rule, gone: Requirement): Rule => ({
  ...rule,
  requirements: rule.requirements.filter((requirement) => requirement !== gone),
});
const find = (name: string) => RULES.find((rule) => rule.name === name) as Rule;

describe("policies: rules", () => {
  it("are many, each with a name of its own", () => {
    assert.ok(RULES.length >= 25);
    assert.equal(new Set(RULES.map((rule) => rule.name)).size, RULES.length);
  });

  it("fill in what is left out once: a second time changes nothing", () => {
    const objects = RULES.flatMap(({ keeps, breaks }) =>
      [...keeps, ...breaks].flatMap((example) => example.objects),
    );
    const filled = objects.map((object) => remedied(RULES, object, PARAMETERS));
    assert.ok(filled.some((object, i) => object !== objects[i]));
    assert.deepEqual(
      filled.map((object) => remedied(RULES, object, PARAMETERS)),
      filled,
    );
  });

  for (const rule of RULES) {
    describe(rule.name, () => {
      it("says what it stops and where that is described, and what holds where CEL cannot say it", () => {
        assert.match(rule.stops.url, /^https:\/\//);
        assert.ok(rule.stops.text.endsWith("."));
        assert.equal(rule.previewOnly !== undefined, rule.checkStack !== undefined);
      });
      for (const example of rule.keeps) {
        it(`accepts ${example.title}`, () => {
          // A rule that does not even look at the objects would accept them too.
          const looked = example.objects.filter((object) => appliesTo(rule, object));
          assert.ok(looked.length > 0);
          assert.deepEqual(
            verdict(rule, example).map(({ fault }) => fault),
            [],
          );
        });
      }
      for (const example of rule.breaks) {
        it(`refuses ${example.title}`, () => assert.notDeepEqual(verdict(rule, example), []));
      }
      rule.requirements.forEach((requirement, i) => {
        it(`cannot do without requirement ${i + 1}: ${requirement.problem}`, () => {
          const weaker = without(rule, requirement);
          const passing = rule.breaks.filter((example) => verdict(weaker, example).length === 0);
          assert.ok(passing.length > 0, "every example that breaks it breaks another requirement too");
        });
      });
      if (rule.checkStack) {
        it("cannot do without what it says of a stack", () => {
          const { checkStack, ...weaker } = rule;
          assert.ok(checkStack !== undefined);
          assert.ok(rule.breaks.some((example) => verdict(weaker, example).length === 0));
        });
      }
    });
  }

  it("names object, place, value and fix", () => {
    const object = pod({}, { ...goodContainer, image: "nginx:latest" });
    const [first] = judge(find("image-digest"), [object], { course: PARAMETERS });
    assert.match(
      faultMessage(object, first?.fault as Violation["fault"]),
      /^Pod course-x\/train: spec\.containers\[0\]\.image = "nginx:latest": .*; fix: use <registry>\//,
    );
  });

  it("leaves other namespaces alone", () => {
    const driver = pod({ hostNetwork: true }, goodContainer, { namespace: "lectern-system" });
    assert.deepEqual(judge(find("host-namespaces"), [driver]), []);
  });

  it("does not judge what needs parameters that are not known", () => {
    const object = pod(
      {},
      { ...goodContainer, image: goodContainer.image?.replace(/^[^/]*/, "docker.io") ?? "" },
    );
    assert.deepEqual(judge(find("image-digest"), [object]), []);
    assert.equal(judge(find("image-digest"), [object], { course: PARAMETERS }).length, 1);
  });

  it("lets an exception hold until its last day, for its course and its rule", () => {
    const rule = find("host-namespaces");
    const exception = {
      rule: rule.name,
      course: "x",
      reason: "a lab on network drivers",
      lastDay: "2026-11-30",
    };
    const broken = pod({ hostNetwork: true });
    const count = (today: string, exceptions = [exception]) =>
      judge(rule, [broken], { exceptions, today }).length;
    assert.equal(count("2026-11-30"), 0);
    assert.equal(count("2026-12-01"), 1);
    assert.equal(count("2026-11-30", [{ ...exception, course: "y" }]), 1);
    assert.equal(count("2026-11-30", [{ ...exception, rule: "privileges" }]), 1);
  });

  it("shows P_Keys as operators write them", () => {
    const rule = find("one-pkey-per-course");
    const [violation] = verdict(rule, rule.breaks[0] as Example);
    assert.equal(
      faultMessage(violation?.object as Violation["object"], violation?.fault as Violation["fault"]),
      "FabricPartitions course-x: partitions[0].pkey = 0x0012: that P_Key belongs to course-y; fix: choose a P_Key that nobody else has",
    );
  });
});
