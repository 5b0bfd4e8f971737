import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { goodContainer } from "../../../policies/rules/examples";
import { linkKubernetesPlugin, PulumiProject } from "../../fixtures/pulumi-project";

const ROOT = resolve(__dirname, "../../..");

/** Renders to files instead of asking an API server, so the pack alone decides. */
const PROGRAM = `
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Pod } from "@pulumi/kubernetes/core/v1/pod";
import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { FabricPartitions, KubernetesObjects } from "${join(ROOT, "bare-metal/provider/sdk")}";

const config = new pulumi.Config();
const options = { provider: new Provider("files", { renderYamlToDirectory: "rendered" }) };
const container = { ...config.requireObject<object>("container"), ...config.getObject<object>("change") } as never;
for (const namespace of ["course-x", "lectern-system"]) {
  if (namespace === "course-x" || config.get("change")) {
    const securityContext = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };
    const spec = { automountServiceAccountToken: false, securityContext, containers: [container] };
    new Pod(namespace, { metadata: { name: "train", namespace }, spec }, options);
  }
}
for (const [course, guarantee] of Object.entries(config.requireObject<Record<string, number>>("guarantees"))) {
  const gpus = (count: number) => ({ "nvidia.com/gpu": count });
  new CustomResource("queue-" + course, {
    apiVersion: "scheduling.volcano.sh/v1beta1",
    kind: "Queue",
    metadata: {
      name: "course-" + course,
      labels: { "lectern.dev/course": course },
      annotations: { "lectern.dev/room-gpus": "32" },
    },
    spec: { guarantee: { resource: gpus(guarantee) }, deserved: gpus(guarantee), capability: gpus(guarantee) },
  }, options);
}
const claim = (name: string, spec: object) => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name, namespace: "course-x" },
  spec: { accessModes: ["ReadWriteMany"], resources: { requests: { storage: "1Gi" } }, ...spec },
});
new KubernetesObjects("bundle", {
  kubeconfig: "nobody is asked",
  objects: {
    "ada/claim": claim("home-ada", {}),
    "ben/claim": claim("home-ben", config.getObject<object>("claim") ?? {}),
  },
});
new FabricPartitions("partition", {
  owner: "course-x",
  manager: { partitionsFile: "/nowhere/partitions.conf", pidFile: "/nowhere/pid", diagnostics: { command: [], env: {} } },
  partitions: [{ name: "course-x", pkey: 0x11, ipoib: true, members: [] }],
  reserved: [{ owner: "course-y", pkey: Number(config.get("reserved") ?? 0x12) }],
});
`;

describe("the pack in Pulumi's engine", function () {
  this.timeout(240_000);
  let project: PulumiProject;
  const preview = () => project.pulumi("preview", "--policy-pack", join(ROOT, "policies"));
  const set = async (key: string, value: unknown) => {
    const { status, output } = await project.pulumi("config", "set", key, JSON.stringify(value));
    assert.equal(status, 0, output);
  };

  before(async () => {
    const providers = [{ name: "metal", path: join(ROOT, "bare-metal/provider") }];
    project = new PulumiProject(PROGRAM, { plugins: { providers } });
    linkKubernetesPlugin(project);
    await project.pulumi("stack", "init", "dev");
    await set("container", goodContainer);
    await set("guarantees", { x: 16, y: 16 });
  });
  after(() => {
    project.remove();
  });

  it("lets a course pass that keeps the rules", async () => {
    const { status, output } = await preview();
    assert.equal(status, 0, output);
    assert.match(output, /lectern@v/);
  });

  it("starts from what V8 compiled at the end of the preview before", () => {
    const reporting = `
      const vm = require("node:vm");
      vm.Script = class extends vm.Script {
        constructor(code, options) { super(code, options); process.stderr.write("rejected " + this.cachedDataRejected); }
      };
      console.log = () => process.exit(0);`;
    const preload = join(project.dir, "reporting.js");
    writeFileSync(preload, reporting);
    const runner = join(ROOT, "toolchain/pulumi-plugins/bin/pulumi-analyzer-policy");
    // The pack says on standard output where it listens, once it has started.
    const argv = ["--require", preload, runner, "127.0.0.1:1", join(ROOT, "policies"), "-typescript=false"];
    const { status, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8" });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "rejected false" });
  });

  it("names every fault of a preview, and the fix, and stops it", async () => {
    await set("change", { image: "nginx:latest", resources: {}, securityContext: { privileged: true } });
    await set("guarantees", { x: 33 });
    const { status, output } = await preview();
    assert.notEqual(status, 0);
    const text = oneLine(output);
    for (const part of [
      'Pod course-x/train: spec.containers[0].image = "nginx:latest": the image is not named by its sha256 digest; fix: use <registry>/',
      "Pod course-x/train: spec.containers[0].resources.limits.memory = (missing)",
      "Pod course-x/train: spec.containers[0].securityContext.privileged = true",
      'Queue course-x: spec.capability["nvidia.com/gpu"] = 33: the room has fewer GPUs; fix: at most the annotation',
    ]) {
      assert.ok(text.includes(part), `${part}\nis not in\n${output}`);
    }
    assert.doesNotMatch(output, /lectern-system\/train/);
  });

  it("looks into bundles of objects", async () => {
    await project.pulumi("config", "rm", "change");
    await set("guarantees", { x: 16, y: 16 });
    await set("claim", { dataSourceRef: { kind: "PersistentVolumeClaim", name: "home-ada" } });
    const { status, output } = await preview();
    assert.notEqual(status, 0);
    const text = oneLine(output);
    assert.match(text, /PersistentVolumeClaim course-x\/home-ben: spec\.dataSource = /);
    assert.doesNotMatch(text, /PersistentVolumeClaim course-x\/home-ada/);
    await project.pulumi("config", "rm", "claim");
  });

  // The provider refuses it as well, which ends a preview before it has seen all else.
  it("names a P_Key of another course", async () => {
    await project.pulumi("config", "rm", "change");
    await set("reserved", 0x11);
    const { status, output } = await preview();
    assert.notEqual(status, 0);
    const fault = "FabricPartitions course-x: partitions[0].pkey = 0x0011: that P_Key belongs to course-y";
    assert.ok(oneLine(output).includes(fault), output);
  });

  it("adds up the guarantees of a stack", async () => {
    await project.pulumi("config", "rm", "reserved");
    await set("guarantees", { x: 16, y: 17 });
    const { status, output } = await preview();
    assert.notEqual(status, 0, output);
    assert.match(oneLine(output), /guarantees of all courses = 33: the room has 32 GPUs/);
  });
});

/** The engine breaks lines where it likes. */
function oneLine(output: string): string {
  return output.replace(/\s+/g, " ");
}
