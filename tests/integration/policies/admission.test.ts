import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "../../../base/wait";
import { startControlPlane, stopControlPlane, toolsFromPath } from "../../../bare-metal/control-plane";
import { admissionObjects } from "../../../policies/admission";
import { COURSE_LABEL, type PolicyObject, type Rule } from "../../../policies/rule";
import { RULES } from "../../../policies/rules";
import { goodContainer, pod, REGISTRY } from "../../../policies/rules/examples";

/** Enough of Volcano's job for the API server to take one: the rules read its pods only. */
const VOLCANO_JOBS = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "jobs.batch.volcano.sh" },
  spec: {
    group: "batch.volcano.sh",
    scope: "Namespaced",
    names: { kind: "Job", plural: "jobs", singular: "job", listKind: "JobList" },
    versions: [
      {
        name: "v1alpha1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};

describe("the rules in the API server", function () {
  this.timeout(180_000);
  const dir = mkdtempSync(join(tmpdir(), "lectern-admission-"));
  const kubectl = (...args: string[]): Promise<{ status: number; output: string }> =>
    new Promise((done) => {
      const argv = ["--kubeconfig", join(dir, "admin.kubeconfig"), ...args];
      execFile("kubectl", argv, (error, stdout, stderr) =>
        done({ status: error === null ? 0 : 1, output: `${stdout}${stderr}` }),
      );
    });
  const send = (command: readonly string[], objects: readonly object[]) => {
    const file = join(dir, `objects-${process.hrtime.bigint()}.json`);
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
    return kubectl(...command, "-f", file);
  };
  /** What the API server says of an object, without storing it. */
  const ask = (object: PolicyObject) => send(["create", "--dry-run=server"], [object]);

  before(async () => {
    const networks = { podCidr: "10.244.0.0/16", serviceCidr: "10.96.0.0/16" };
    await startControlPlane({ dir, address: "127.80.3.1", port: 6443, ...networks, tools: toolsFromPath() });
    const course = {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "course-x", labels: { [COURSE_LABEL]: "x" } },
    };
    const system = { apiVersion: "v1", kind: "Namespace", metadata: { name: "lectern-system" } };
    const applied = await send(
      ["apply"],
      [course, system, VOLCANO_JOBS, ...admissionObjects({ registry: REGISTRY })],
    );
    assert.equal(applied.status, 0, applied.output);
    // A policy counts once every API server has compiled it, and a pod once the namespace has its account.
    await waitFor(
      "every rule in force",
      async () => {
        const answers = await Promise.all(
          RULES.filter((rule) => rule.cel).map(async (rule) => {
            const object = rule.breaks.at(-1)?.objects[0] as PolicyObject;
            return (await ask(object)).output.includes(`lectern-${rule.name}`);
          }),
        );
        const kept = await ask(pod());
        return (answers.every(Boolean) && kept.status === 0) || undefined;
      },
      { timeout: 60_000, interval: 500 },
    );
  });
  after(async () => {
    await stopControlPlane(dir, { removeData: true });
    rmSync(dir, { recursive: true, force: true });
  });

  for (const rule of RULES.filter((r): r is Rule & Required<Pick<Rule, "cel">> => r.cel !== undefined)) {
    describe(rule.name, () => {
      for (const { title, objects } of rule.keeps) {
        it(`lets pass ${title}`, async () => {
          for (const { status, output } of await Promise.all(objects.map(ask)))
            assert.equal(status, 0, output);
        });
      }
      for (const { title, objects } of rule.breaks) {
        it(`denies ${title}`, async () => {
          const answers = await Promise.all(objects.map(ask));
          const denials = answers.filter(({ output }) =>
            output.includes(`ValidatingAdmissionPolicy 'lectern-${rule.name}'`),
          );
          assert.ok(denials.length > 0, answers.map(({ output }) => output).join("\n"));
        });
      }
    });
  }

  it("leaves what is not a course's alone", async () => {
    const driver = pod({ hostNetwork: true }, { ...goodContainer, image: "driver:1" }, "lectern-system");
    await waitFor("account of lectern-system", async () => (await ask(driver)).status === 0 || undefined, {
      timeout: 30_000,
    });
  });

  it("says what to do in the words of the rule", async () => {
    const { output } = await ask(pod({}, { ...goodContainer, image: "nginx:latest" }));
    assert.match(output, /fix: use registry\.example:5000\/<name>@sha256:<digest>/);
  });

  it("has compiled every expression without a warning", async () => {
    interface Status {
      readonly observedGeneration?: number;
      readonly typeChecking?: { readonly expressionWarnings?: readonly unknown[] };
    }
    // The controller manager writes the status once it has checked the types.
    const checked = await waitFor(
      "types checked",
      async () => {
        const { output } = await kubectl("get", "validatingadmissionpolicies", "-o", "json");
        const found = (JSON.parse(output) as { items: { status?: Status }[] }).items.map(
          ({ status }) => status,
        );
        return found.every((status) => status?.observedGeneration !== undefined) ? found : undefined;
      },
      { timeout: 30_000, interval: 500 },
    );
    assert.equal(checked.length, 3);
    for (const status of checked) assert.deepEqual(status?.typeChecking?.expressionWarnings ?? [], []);
  });
});
