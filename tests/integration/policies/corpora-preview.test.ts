import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { parametersOf } from "../../../policies/parameters";
import { calledName, type PolicyObject, type Rule } from "../../../policies/rule";
import { RULES } from "../../../policies/rules";
import { judge, remedied } from "../../../policies/verdict";
import { type Attack, ATTACKS } from "../../fixtures/policies/attacks";
import { createdObject } from "../../fixtures/policies/calls";
import { courseObjects } from "../../fixtures/policies/declared";
import { LEGITIMATE } from "../../fixtures/policies/legitimate";
import { ruleOf } from "../../fixtures/policies/mechanisms";
import { type Person, userName } from "../../fixtures/policies/people";
import { linkKubernetesPlugin, PulumiProject } from "../../fixtures/pulumi-project";

const ROOT = resolve(__dirname, "../../..");

/** Declares the objects of a file under the names that they have there; renders them instead of asking an API server. */
const PROGRAM = `
import { readFileSync } from "node:fs";
import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";

const provider = new Provider("files", { renderYamlToDirectory: "rendered" });
const objects = JSON.parse(readFileSync(new pulumi.Config().require("objects"), "utf8"));
for (const [name, object] of Object.entries<{ apiVersion: string; kind: string }>(objects)) {
  const version = object.apiVersion.includes("/") ? object.apiVersion : "core/" + object.apiVersion;
  new pulumi.CustomResource("kubernetes:" + version + ":" + object.kind, name, object, { provider });
}
`;

/** An object that somebody declares. */
interface Declared {
  readonly name: string;
  readonly as: Person;
  readonly object: PolicyObject;
}

/** One that a rule forbids. */
interface Forbidden extends Declared {
  readonly rule: Rule;
}

/** Rules that go by who asks: to a preview that is always the operator, who may. */
const BY_PERSON = [
  "cluster-kinds",
  "course-frame",
  "course-label",
  "course-queue",
  "own-home",
  "own-secrets",
  "own-work",
  "ownership",
  "service-accounts",
];

describe("what members of a course try, at preview", function () {
  this.timeout(240_000);
  const forbidden = Object.values(ATTACKS).flat().flatMap(forbiddenObject);
  const legitimate = Object.values(LEGITIMATE)
    .flat()
    .flatMap(({ name, as = "ada", call }): Declared[] => {
      const object = createdObject(call);
      return object === undefined ? [] : [{ name, as, object }];
    });
  let course: readonly PolicyObject[];
  before(async () => {
    course = await courseObjects();
  });

  /** Whether the rule finds the object, asked by that person. */
  const finds = (rule: Rule, { object }: Declared, as: Person) => {
    const request = { operation: "CREATE", user: userName(as), governs: as === "operator" } as const;
    const filled = remedied(RULES, object, parametersOf(course, object.metadata?.namespace));
    return judge(rule, [...course, filled], { request }).some((violation) => violation.object === filled);
  };

  describe("by the predicates of the rules", () => {
    for (const attack of forbidden) {
      it(`${attack.name}: found by ${attack.rule.name}`, () => {
        assert.ok(finds(attack.rule, attack, attack.as));
      });
    }
    for (const work of legitimate) {
      it(`${work.name}: found by none`, () => {
        const found = RULES.filter((rule) => finds(rule, work, work.as));
        assert.deepEqual(
          found.map(({ name }) => name),
          [],
        );
      });
    }
  });

  describe("in Pulumi's engine, by the pack", () => {
    let project: PulumiProject;
    const preview = async (objects: readonly Declared[], ...options: string[]) => {
      const named = objects.filter(isNamed).map(({ name, object }) => [name, object]);
      const parts = course.map((object) => [`${object.kind} ${calledName(object)}`, object]);
      project.write("objects.json", JSON.stringify(Object.fromEntries([...parts, ...named])));
      return project.pulumi("preview", "--policy-pack", join(ROOT, "policies"), ...options);
    };
    before(async () => {
      project = new PulumiProject(PROGRAM);
      linkKubernetesPlugin(project);
      await project.pulumi("stack", "init", "dev");
      await project.pulumi("config", "set", "objects", project.path("objects.json"));
    });
    after(() => project?.remove());

    it("passes everything legitimate, beside both courses", async () => {
      const { status, output } = await preview(legitimate);
      assert.equal(status, 0, output);
      assert.match(output, /lectern@v/);
    });

    it("stops what is forbidden", async () => {
      const { status, output } = await preview(forbidden);
      assert.notEqual(status, 0, output);
    });

    it("names every attack and the rule against it, but where the rule goes by who asks", async () => {
      // Rules over a whole stack are asked only where no mandatory one has stopped it before.
      project.write("advisory.json", JSON.stringify({ all: "advisory" }));
      const { output } = await preview(forbidden, "--policy-pack-config", project.path("advisory.json"));
      const [seen, unseen] = [true, false].map((found) =>
        forbidden.filter((attack) => finds(attack.rule, attack, "operator") === found),
      ) as [Forbidden[], Forbidden[]];
      const reported = reportedBy(output);
      const missing = seen.filter(isNamed).filter(({ name, rule }) => !reported.has(`${rule.name} ${name}`));
      assert.deepEqual(
        missing.map(({ name, rule }) => `${rule.name}: ${name}`),
        [],
        output,
      );
      assert.deepEqual(
        unseen
          .filter(({ rule }) => !BY_PERSON.includes(rule.name))
          .map(({ name, rule }) => `${rule.name}: ${name}`),
        [],
      );
      assert.ok(seen.length >= 60, `${seen.length} attacks are found at preview`);
    });
  });
});

/** What is rendered needs a name of its own, not one that an API server completes. */
function isNamed({ object }: Declared): boolean {
  return object.metadata?.generateName === undefined;
}

/** The object that an attack declares and the rule against it, if there are both. */
function forbiddenObject({ name, as = "ada", call, stoppedBy, preview }: Attack): Forbidden[] {
  const object = createdObject(call);
  const ruleName = preview ?? ruleOf(stoppedBy);
  if (object === undefined || ruleName === undefined) return [];
  const rule = RULES.find((r) => r.name === ruleName);
  assert.ok(rule, `${name}: there is no rule ${ruleName}`);
  return [{ name, as, object, rule }];
}

/** What the engine reported, each as the rule's name, for one resource or for all together, and the resource's. */
function reportedBy(output: string): Set<string> {
  const lines = output.matchAll(/\[advisory\]\s+([a-z-]+?)(?:-together)?\s+\(kubernetes:[^ ]+: (.+)\)/g);
  return new Set([...lines].map(([, rule, name]) => `${rule} ${name}`));
}
