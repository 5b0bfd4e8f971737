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
import { jobWithinQuota } from "../../../policies/rules/job-within-quota";
import { goodContainer, pod, REGISTRY } from "../../../policies/rules/examples";

/** Volcano's own definition of JOBS, as a room installs it. */
const VOLCANO_JOBS = join(process.env.LECTERN_VOLCANO_CHART ?? "", "crd/bases/batch.volcano.sh_jobs.yaml");

const JOBS = "jobs.batch.volcano.sh";

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
  /** What it says of an example; the object that the rule goes by is stored, and is not asked about. */
  const askAll = async (rule: Rule, objects: readonly PolicyObject[]) => {
    const stored = objects.filter(({ kind }) => kind === rule.parameter?.kind);
    if (stored.length > 0) await must(send(["apply"], stored));
    return Promise.all(objects.filter((object) => !stored.includes(object)).map(ask));
  };
  const must = async (answer: ReturnType<typeof kubectl>) => {
    const { status, output } = await answer;
    assert.equal(status, 0, output);
    return output;
  };

  before(async () => {
    const networks = { podCidr: "10.244.0.0/16", serviceCidr: "10.96.0.0/16" };
    await startControlPlane({ dir, address: "127.80.3.1", port: 6443, ...networks, tools: toolsFromPath() });
    const course = {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "course-x", labels: { [COURSE_LABEL]: "x" } },
    };
    const system = { apiVersion: "v1", kind: "Namespace", metadata: { name: "lectern-system" } };
    await must(kubectl("create", "-f", VOLCANO_JOBS));
    await waitFor(
      "Volcano's jobs served",
      async () => (await kubectl("get", JOBS)).status === 0 || undefined,
      {
        timeout: 30_000,
      },
    );
    await must(send(["apply"], [course, system, ...admissionObjects({ registry: REGISTRY })]));
    // A policy counts once every API server has compiled it, and a pod once the namespace has its account.
    await waitFor(
      "every rule in force",
      async () => {
        const answers = await Promise.all(
          RULES.filter((rule) => rule.cel).map(async (rule) => {
            const answers = await askAll(rule, rule.breaks.at(-1)?.objects ?? []);
            return answers.some(({ output }) => output.includes(`lectern-${rule.name}`));
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
          for (const { status, output } of await askAll(rule, objects)) assert.equal(status, 0, output);
        });
      }
      for (const { title, objects } of rule.breaks) {
        it(`denies ${title}`, async () => {
          const answers = await askAll(rule, objects);
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

  describe("a job and its course's quota", () => {
    const [quota, job] = jobWithinQuota.keeps[0]?.objects as [PolicyObject, PolicyObject];
    const name = job.metadata?.name ?? "";
    const inCourse = ["-n", "course-x"];
    const patch = (value: object, ...flags: string[]) =>
      kubectl("patch", JOBS, name, ...inCourse, "--type", "merge", "-p", JSON.stringify(value), ...flags);
    const scale = (replicas: number) =>
      kubectl(
        ...["patch", JOBS, name, ...inCourse, "--type", "json"],
        ...["-p", JSON.stringify([{ op: "add", path: "/spec/tasks/1/replicas", value: replicas }])],
      );
    const setQuota = async (gpus: string, inForce: () => Promise<boolean>) => {
      await must(send(["apply"], [{ ...quota, spec: { hard: { "requests.nvidia.com/gpu": gpus } } }]));
      // The API server watches quotas, so it knows a moment later.
      await waitFor(`quota of ${gpus} in force`, async () => (await inForce()) || undefined, {
        timeout: 30_000,
      });
    };
    const denied = async (answer: ReturnType<typeof kubectl>, words: RegExp) => {
      const { status, output } = await answer;
      assert.notEqual(status, 0, output);
      assert.match(output, words);
    };

    before(async () => {
      await must(send(["apply"], [quota]));
      await must(send(["create"], [job]));
    });

    it("tells the numbers and what to do", async () => {
      const above = jobWithinQuota.breaks[0]?.objects[1] as PolicyObject;
      await denied(
        ask(above),
        /job gang asks for 17 GPUs; the course's quota is 16; fix: ask for fewer pods, or for fewer GPUs in each/,
      );
    });

    it("binds a change of a job too", async () => {
      await denied(scale(3), /job gang asks for 24 GPUs; the course's quota is 16/);
      await must(scale(2));
    });

    it("lets a running job live on, and shrink, under a quota that was lowered", async () => {
      await must(scale(2));
      await setQuota("4", async () => (await scale(3)).output.includes("quota is 4;"));
      await must(patch({ metadata: { annotations: { note: "changed" } } }));
      await must(scale(1));
      await denied(scale(2), /asks for 16 GPUs; the course's quota is 4;/);
      await must(patch({ status: { running: 1, state: { phase: "Running" } } }, "--subresource=status"));
    });

    it("lets a job without GPUs pass under a quota of other things", async () => {
      await must(send(["replace"], [{ ...quota, spec: { hard: { pods: "100" } } }]));
      await waitFor("quota without GPUs in force", async () => (await scale(3)).status === 0 || undefined, {
        timeout: 30_000,
      });
    });

    const remove = () => kubectl("delete", JOBS, name, ...inCourse, "--cascade=foreground", "--timeout=30s");

    it("lets a job above its quota be deleted, in the foreground too", async () => {
      await setQuota("4", async () => (await scale(4)).output.includes("quota is 4;"));
      await must(remove());
    });

    it("takes no job where the quota is gone, and lets those there be deleted", async () => {
      await setQuota("16", async () => (await ask(job)).status === 0);
      await must(send(["create"], [job]));
      await must(kubectl("delete", "resourcequota", "course", ...inCourse));
      await waitFor(
        "quota gone",
        async () => (await ask(job)).output.includes("no params found") || undefined,
        { timeout: 30_000 },
      );
      await must(remove());
    });
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
    assert.equal(checked.length, RULES.filter((rule) => rule.cel).length);
    for (const status of checked) assert.deepEqual(status?.typeChecking?.expressionWarnings ?? [], []);
  });
});
