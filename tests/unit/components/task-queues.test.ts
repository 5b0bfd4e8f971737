import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { roomMachines } from "../../../components/plan/room";
import { TaskQueues } from "../../../components/task-queues";
import { declare, read } from "../../fixtures/pulumi-mocks";
import { roomInventory } from "../../fixtures/room";

const QUEUE = "kubernetes:scheduling.volcano.sh/v1beta1:Queue";
const CHART = "kubernetes:helm.sh/v4:Chart";

describe("TaskQueues", () => {
  let chart: string;
  before(() => {
    chart = mkdtempSync(join(tmpdir(), "lectern-chart-"));
    const image =
      "image_registry: docker.io\n  admission_image_name: vc-webhook\n  image_tag_version: v1.10.0";
    writeFileSync(
      join(chart, "values.yaml"),
      `basic:\n  ${image}\n  admission_secret_name: volcano-secret\n`,
    );
  });
  after(() => rmSync(chart, { recursive: true }));

  const queues = () =>
    declare(
      () =>
        new TaskQueues("queues", { chart, semester: "2026-autumn", machines: roomMachines(roomInventory()) }),
    );

  it("bounds the semester by all GPUs of the room, and keeps none for it", async () => {
    const declared = await queues();
    const { inputs } = declared.one(QUEUE, "semester-queue");
    assert.deepEqual(inputs["spec"], { capability: { "nvidia.com/gpu": 32 }, reclaimable: true });
    assert.deepEqual(await read(declared.value.rootQueue), { value: "2026-autumn", secret: false });
  });

  it("configures the scheduler so that gangs start whole and borrowed GPUs come back", async () => {
    const { values } = (await queues()).one(CHART, "volcano").inputs as {
      values: { custom: Record<string, unknown> };
    };
    const scheduler = parse(values.custom["scheduler_config_override"] as string) as {
      actions: string;
      tiers: { plugins: { name: string }[] }[];
    };
    const actions = scheduler.actions.split(", ");
    assert.ok(actions.indexOf("allocate") < actions.indexOf("reclaim"), scheduler.actions);
    const plugins = scheduler.tiers.flatMap((t) => t.plugins.map((p) => p.name));
    assert.ok(plugins.includes("gang") && plugins.includes("capacity"), plugins.join(", "));
    // Two ways to share would fight over the same queues.
    assert.ok(!plugins.includes("proportion"));
    assert.deepEqual(values.custom["default_ns"], { "lectern.dev/role": "control-plane" });
  });

  it("makes the webhooks' certificate with the chart's own image, before the chart", async () => {
    const declared = await queues();
    const job = declared.one("kubernetes:batch/v1:Job", "volcano-admission-init");
    const { template } = job.inputs["spec"] as {
      template: { spec: { containers: { image: string; command: string[] }[]; nodeSelector: unknown } };
    };
    const [container] = template.spec.containers;
    assert.equal(container?.image, "docker.io/vc-webhook:v1.10.0");
    assert.deepEqual(container?.command.slice(1), [
      "--service",
      "volcano-admission-service",
      "--namespace",
      "volcano-system",
      "--secret",
      "volcano-secret",
    ]);
    assert.deepEqual(template.spec.nodeSelector, { "lectern.dev/role": "control-plane" });
    assert.ok(declared.one(CHART, "volcano").dependsOn.includes(job.urn));
    assert.ok(declared.one(QUEUE, "semester-queue").dependsOn.length > 0);
  });

  it("lets the certificate's job touch secrets of its namespace only", async () => {
    const declared = await queues();
    const role = declared.one("kubernetes:rbac.authorization.k8s.io/v1:Role", "volcano-admission-init");
    assert.deepEqual(role.inputs["rules"], [
      { apiGroups: [""], resources: ["secrets"], verbs: ["create", "patch", "get"] },
    ]);
    assert.equal((role.inputs["metadata"] as { namespace: string }).namespace, "volcano-system");
    assert.equal(role.parent, declared.one("lectern:index:VolcanoCertificates", "volcano-certificates").urn);
  });
});
