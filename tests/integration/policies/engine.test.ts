import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import type { Example, PolicyObject } from "../../../policies/rule";
import { RULES } from "../../../policies/rules";
import { coursePolicy, courseQuota, PARAMETERS } from "../../../policies/rules/examples";
import { judge, remedied } from "../../../policies/verdict";
import { linkKubernetesPlugin, PulumiProject } from "../../fixtures/pulumi-project";

const ROOT = resolve(__dirname, "../../..");

/** Declares every object of objects.json; renders to files, so the pack alone decides. */
const PROGRAM = `
import { readFileSync } from "node:fs";
import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";

class KubernetesObject extends pulumi.CustomResource {}
const provider = new Provider("files", { renderYamlToDirectory: "rendered" });
const objects = JSON.parse(readFileSync("objects.json", "utf8"));
for (const [name, { apiVersion, kind, ...rest }] of Object.entries<Record<string, string>>(objects)) {
  const group = apiVersion.includes("/") ? apiVersion : "core/" + apiVersion;
  new KubernetesObject("kubernetes:" + group + ":" + kind, name, { apiVersion, kind, ...rest }, { provider });
}
`;

/** What an operator can declare: no other person, no other request, nothing that only adds up in a stack. */
function declarable({ by, operation, objects }: Example): boolean {
  return (
    by === undefined && operation === undefined && objects.every(({ apiVersion }) => apiVersion !== undefined)
  );
}

/** The objects of all examples by name of resource; the quota and the parameters once. */
function declaredObjects(): Map<string, PolicyObject> {
  const all = new Map<string, PolicyObject>([
    ["course-policy", coursePolicy],
    ["course-quota", courseQuota],
  ]);
  for (const rule of RULES.filter(({ checkStack }) => checkStack === undefined)) {
    for (const [i, example] of [...rule.keeps, ...rule.breaks].entries()) {
      if (!declarable(example)) continue;
      example.objects.forEach((object, j) => {
        if (object !== courseQuota) all.set(`${rule.name}-${i}-${j}`, object);
      });
    }
  }
  return all;
}

/** What the predicates say: `rule resource`, for each rule that a resource breaks. */
function predicted(objects: ReadonlyMap<string, PolicyObject>): string[] {
  return [...objects].flatMap(([name, object]) =>
    RULES.filter(({ checkStack }) => checkStack === undefined)
      .filter(
        (rule) =>
          judge(rule, [remedied(RULES, object, PARAMETERS), courseQuota], { course: PARAMETERS }).length > 0,
      )
      .map((rule) => `${rule.name} ${name}`),
  );
}

describe("every example in Pulumi's engine", function () {
  this.timeout(300_000);
  let project: PulumiProject;
  before(async () => {
    project = new PulumiProject(PROGRAM);
    linkKubernetesPlugin(project);
    await project.pulumi("stack", "init", "dev");
  });
  after(() => project.remove());

  it("breaks the rules that the predicates name, and no others", async () => {
    const objects = declaredObjects();
    project.write("stacks/objects.json", JSON.stringify(Object.fromEntries(objects)));
    const { output } = await project.pulumi("preview", "--policy-pack", join(ROOT, "policies"));
    const seen = [...output.matchAll(/\[mandatory\]\s+(\S+)\s+\(kubernetes:\S+: (\S+)\)/g)].map(
      ([, policy = "", resource = ""]) => `${policy.replace(/-together$/, "")} ${resource}`,
    );
    const others = new Set(
      RULES.filter(({ checkStack }) => checkStack !== undefined).map(({ name }) => name),
    );
    const judged = [...new Set(seen)].filter((line) => !others.has(line.split(" ")[0] ?? ""));
    assert.deepEqual(judged.sort(), predicted(objects).sort(), output.slice(-2000));
  });
});
