import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "../../../base/wait";
import { startControlPlane, stopControlPlane, toolsFromPath } from "../../../bare-metal/control-plane";
import { admissionObjects } from "../../../policies/admission";
import { admissionGroups } from "../../../policies/admission-groups";
import { formatParameters } from "../../../policies/parameters";
import { COURSE_LABEL, type PolicyObject } from "../../../policies/rule";
import { RESERVED } from "../../../policies/rules/group-machines";
import { jobWithinQuota } from "../../../policies/rules/job-within-quota";
import {
  clusterObject,
  coursePolicy,
  goodContainer,
  GPU,
  PARAMETERS,
  pod,
  SURROUNDINGS,
  withoutField,
} from "../../../policies/rules/examples";
import type { PolicySettings } from "../../../policies/settings";
import type { PodSpec } from "../../../policies/workloads";

/** Volcano's own definition of JOBS, as a room installs it. */
const VOLCANO_JOBS = join(process.env.LECTERN_VOLCANO_CHART ?? "", "crd/bases/batch.volcano.sh_jobs.yaml");

const JOBS = "jobs.batch.volcano.sh";
const exception = (rule: string, lastDay: string) => ({
  rule,
  course: "x",
  reason: "a course on networks",
  lastDay,
});
/** Rules with an exception that holds, one whose day is past, and one that only warns. */
const SETTINGS: PolicySettings = {
  levels: { tolerations: "advisory" },
  exceptions: [exception("host-namespaces", "2999-12-31"), exception("privileges", "2020-01-31")],
};

/** Sizes that do not stand in the way of what the quota says. */
const LARGE_SIZES: PolicyObject = {
  ...coursePolicy,
  data: formatParameters({
    ...PARAMETERS,
    sizes: [8, 17].map((gpus) => ({
      name: `gpus-${gpus}`,
      cpus: 8,
      memoryBytes: 2 ** 36,
      gpus,
      rdma: false,
      number: 1,
    })),
  }),
};
/** The first and the last rules deny these: policies come into force in the order in which they are made. */
const CANARIES: readonly PolicyObject[] = [
  pod({}, { ...goodContainer, image: "nginx" }),
  clusterObject("rbac.authorization.k8s.io/v1", "ClusterRole", {}, { labels: { [COURSE_LABEL]: "x" } }),
];

describe("the rules in the API server", function () {
  this.timeout(240_000);
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
  const must = async (answer: ReturnType<typeof kubectl>) => {
    const { status, output } = await answer;
    assert.equal(status, 0, output);
    return output;
  };

  before(async () => {
    const networks = { podCidr: "10.244.0.0/16", serviceCidr: "10.96.0.0/16" };
    await startControlPlane({ dir, address: "127.87.4.1", port: 6443, ...networks, tools: toolsFromPath() });
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
    await must(
      send(["apply"], [course, system, ...SURROUNDINGS, LARGE_SIZES, ...admissionObjects(SETTINGS)]),
    );
    // A policy counts once every API server has compiled it, and a pod once the namespace has its account.
    await waitFor(
      "every rule in force",
      async () => {
        const answers = await Promise.all([ask(pod()), ...CANARIES.map(ask)]);
        return answers.every(({ status }, i) => (status === 0) === (i === 0)) || undefined;
      },
      { timeout: 60_000, interval: 500 },
    );
  });
  after(async () => {
    await stopControlPlane(dir, { removeData: true });
    rmSync(dir, { recursive: true, force: true });
  });

  it("leaves what is not a course's alone", async () => {
    const driver = pod(
      { hostNetwork: true },
      { ...goodContainer, image: "driver:1" },
      { namespace: "lectern-system" },
    );
    await waitFor("account of lectern-system", async () => (await ask(driver)).status === 0 || undefined, {
      timeout: 30_000,
    });
  });

  it("says what to do in the words of the rule", async () => {
    const { output } = await ask(pod({}, { ...goodContainer, image: "nginx:latest" }));
    assert.match(
      output,
      /image-digest: Pod train, container train \(nginx:latest\): the image is not named by its sha256 digest; fix: use <registry>/,
    );
  });

  it("lets an exception hold while it lasts, and no longer", async () => {
    const held = await ask(pod({ hostPID: true }));
    assert.equal(held.status, 0, held.output);
    const { output } = await ask(pod({}, { ...goodContainer, securityContext: { privileged: true } }));
    assert.match(output, / privileges: /);
  });

  it("warns where the site has made a rule advisory", async () => {
    const { status, output } = await ask(pod({ tolerations: [{ operator: "Exists" }] }));
    assert.equal(status, 0, output);
    assert.match(output, /Warning: .* tolerations: /);
  });

  it("fills in the course's queue, the longest run, and when a finished job is removed", async () => {
    const job = jobWithinQuota.keeps[2]?.objects[1] as PolicyObject;
    const bare = withoutField(withoutField(job, "queue"), "ttlSecondsAfterFinished");
    const { output } = await send(["create", "--dry-run=server", "-o", "json"], [bare]);
    const { spec } = JSON.parse(output) as { spec: Record<string, unknown> };
    assert.equal(spec["queue"], "course-x");
    assert.equal(spec["ttlSecondsAfterFinished"], 86_400);
    const tasks = spec["tasks"] as { template: { spec: { activeDeadlineSeconds?: number } } }[];
    assert.deepEqual(
      tasks.map(({ template }) => template.spec.activeDeadlineSeconds),
      [86_400, 86_400],
    );
  });

  it("fills in a pod's class and the machines of its student's group, once each", async () => {
    const bare = pod({}, goodContainer, { name: "ada-notebook" });
    const { output } = await send(["create", "--dry-run=server", "-o", "json"], [bare]);
    const { spec } = JSON.parse(output) as { spec: PodSpec };
    assert.equal(spec.priorityClassName, "lectern-x.ada.1");
    const machine = (value: string) => ({ key: RESERVED, operator: "Equal", value });
    assert.deepEqual(
      spec.tolerations?.filter(({ key }) => key === GPU || key === RESERVED),
      [{ key: GPU, operator: "Exists" }, machine("gpu-3"), machine("gpu-4")],
    );
    const again = await send(["create", "--dry-run=server", "-o", "json"], [JSON.parse(output) as object]);
    assert.deepEqual((JSON.parse(again.output) as { spec: PodSpec }).spec, spec);
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
        /job-within-quota: Job gang, 17 GPUs, of a quota of 16: the job asks for more GPUs than the course's quota; fix: ask for fewer pods, or for fewer GPUs in each/,
      );
    });

    it("binds a change of a job too", async () => {
      await denied(scale(3), /24 GPUs, of a quota of 16/);
      await must(scale(2));
    });

    it("lets a running job live on, and shrink, under a quota that was lowered", async () => {
      await must(scale(2));
      await setQuota("4", async () => (await scale(3)).output.includes("a quota of 4:"));
      await must(patch({ metadata: { annotations: { note: "changed" } } }));
      await must(scale(1));
      await denied(scale(2), /16 GPUs, of a quota of 4:/);
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
      await setQuota("4", async () => (await scale(4)).output.includes("a quota of 4:"));
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

  describe("their expressions", () => {
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
        { timeout: 120_000, interval: 500 },
      );
      assert.equal(checked.length, admissionGroups(SETTINGS).length);
      for (const status of checked) assert.deepEqual(status?.typeChecking?.expressionWarnings ?? [], []);
    });
  });
});
