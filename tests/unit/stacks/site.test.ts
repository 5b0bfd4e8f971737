import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Room } from "../../../components/plan/room";
import { PROJECT_DIR, type StackConfig } from "../../../stacks/config";
import { siteConfigSchema } from "../../../stacks/schema";
import { declareSite } from "../../../stacks/site";
import { SECRETS, declare, read } from "../../fixtures/pulumi-mocks";
import { roomInventory } from "../../fixtures/room";

describe("declareSite", () => {
  let dir: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "lectern-site-"));
    writeFileSync(join(dir, "values.yaml"), "basic: {}\n");
  });
  after(() => rmSync(dir, { recursive: true }));

  const inventory = roomInventory();
  const stack = (): StackConfig & { kind: "site" } => ({
    kind: "site",
    config: siteConfigSchema.parse({
      inventory: "inventory.yaml",
      semester: "2026-autumn",
      machines: { readyTimeout: "5m" },
      kubernetes: { mode: "embedded", stateDir: "state/kubernetes", certificateLifetime: "30d" },
      fabric: { partitionsFile: "/room/partitions.conf", openSmPidFile: "/room/opensm.pid" },
      storage: { mode: "external", conf: "/room/ceph.conf", keyring: "/room/keyring" },
      queues: { chart: dir },
      images: [{ name: "base", context: "images/course/base" }],
    }),
    inventory,
    credentials: {
      bmc: Object.fromEntries(
        inventory.machines.map((m) => [m.name, { password: `bmc-password-${m.name}` }]),
      ),
      bootToken: "boot-token-of-the-room",
    },
  });
  const site = () => declare(() => declareSite(stack()));

  it("hands courses what they ask for, with the kubeconfig as the only secret", async () => {
    const { value } = await site();
    const secret: string[] = [];
    for (const [name, output] of Object.entries(value)) {
      if (pulumi.Output.isInstance(output) && (await pulumi.isSecret(output))) secret.push(name);
    }
    assert.deepEqual(secret, ["kubeconfig"]);
    const of = async (name: string) => (await read(pulumi.output(value[name]))).value;
    assert.equal(await of("kubeconfig"), SECRETS.kubeconfig);
    assert.equal(await of("rootQueue"), "2026-autumn");
    assert.deepEqual(await of("images"), {
      base: `127.80.0.2:5000/lectern/base@sha256:${"a".repeat(64)}`,
    });
    const room = value["room"] as Room;
    assert.deepEqual(room.images, ["base"]);
    assert.equal(
      room.machines.reduce((sum, m) => sum + m.gpus, 0),
      32,
    );
  });

  it("shows no password and no token anywhere", async () => {
    const { resources, value } = await site();
    const shown = JSON.stringify(resources.map((r) => [r.name, r.open, r.openOutputs]));
    const outputs = await Promise.all(
      Object.entries(value)
        .filter(([name]) => name !== "kubeconfig")
        .map(([, output]) => read(pulumi.output(output))),
    );
    for (const text of [shown, JSON.stringify(outputs)]) {
      assert.doesNotMatch(text, /bmc-password|boot-token|kubeconfig-of/);
    }
  });

  it("declares machines, fabric, cluster, devices, storage, queues, images and policies, each in its component", async () => {
    const { resources } = await site();
    const own = resources.filter((r) => r.parent === "").map((r) => r.type);
    assert.deepEqual(own.sort(), [
      "lectern:index:Accelerators",
      "lectern:index:AdmissionPolicies",
      "lectern:index:CephStorage",
      "lectern:index:ImageCatalog",
      "lectern:index:InfinibandFabric",
      "lectern:index:KubernetesCluster",
      "lectern:index:MachineFleet",
      "lectern:index:TaskQueues",
    ]);
  });

  it("speaks with a boot service that others set up over TLS, by its pin", async () => {
    const pin = `sha256//${"A".repeat(43)}=`;
    const at = stack();
    const boot = { ...at.inventory.services.boot, tls: { port: 8443, pin } };
    const inventory = { ...at.inventory, services: { ...at.inventory.services, boot } };
    const declared = await declare(() => declareSite({ ...at, inventory }));
    const [first] = inventory.machines;
    const { inputs } = declared.one("metal:index:Machine", first?.name ?? "");
    assert.deepEqual(inputs["boot"], {
      url: "https://127.80.0.1:8443",
      pin,
      token: "boot-token-of-the-room",
    });
  });

  it("puts every object of Kubernetes on the room's own cluster", async () => {
    const declared = await site();
    const provider = declared.one("pulumi:providers:kubernetes", "kubernetes");
    const objects = declared.resources.filter(
      (r) => r.type.startsWith("kubernetes:") && r.type !== "kubernetes:helm.sh/v4:Chart",
    );
    assert.ok(objects.length > 20);
    for (const { provider: on, urn } of objects) assert.equal(on, `${provider.urn}::kubernetes-id`, urn);
  });

  it("has the control plane sign certificates for as long as is configured", async () => {
    const { inputs } = (await site()).one("metal:index:ControlPlane", "kubernetes-control-plane");
    assert.equal(inputs["certificateSeconds"], 30 * 86_400);
  });

  it("boots every machine through the room's boot service, within the deadline that is configured", async () => {
    const declared = await site();
    for (const { name } of inventory.machines) {
      const { inputs, secrets } = declared.one("metal:index:Machine", name);
      assert.deepEqual(secrets, ["bmc.password", "boot.token"]);
      assert.equal((inputs["bmc"] as { password: string }).password, `bmc-password-${name}`);
      assert.deepEqual(inputs["boot"], { url: "http://127.80.0.1:8080", token: "boot-token-of-the-room" });
      assert.equal(inputs["readyTimeoutSeconds"], 300);
    }
  });

  it("takes relative paths from the project, absolute ones as they are", async () => {
    const declared = await site();
    const control = declared.one("metal:index:ControlPlane", "kubernetes-control-plane").inputs;
    assert.equal(control["dir"], join(PROJECT_DIR, "state/kubernetes"));
    const fabric = declared.one("metal:index:FabricPartitions", "fabric-partitions").inputs;
    assert.equal((fabric["manager"] as { partitionsFile: string }).partitionsFile, "/room/partitions.conf");
  });

  it("runs nothing on a cluster without nodes: devices and queues wait for all of them", async () => {
    const declared = await site();
    const nodes = declared.all("kubernetes:core/v1:Node").map((n) => n.urn);
    assert.equal(nodes.length, 8);
    // The children of a component are registered after it, and so after what it depends on.
    for (const [type, name] of [
      ["lectern:index:Accelerators", "accelerators"],
      ["lectern:index:TaskQueues", "queues"],
    ] as const) {
      const { dependsOn } = declared.one(type, name);
      const missing = nodes.filter((n) => !dependsOn.includes(n));
      assert.deepEqual(missing, [], name);
    }
  });
});
