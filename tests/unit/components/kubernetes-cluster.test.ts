import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { HardwareReport } from "../../../bare-metal/inventory/inventory";
import { KubernetesCluster, type WorkersArgs } from "../../../components/kubernetes-cluster";
import type { FleetMember } from "../../../components/machine-fleet";
import { SECRETS, declare, read } from "../../fixtures/pulumi-mocks";
import { roomInventory } from "../../fixtures/room";

const NODE = "kubernetes:core/v1:Node";
const { machines } = roomInventory();
const GiB = 2 ** 30;
/** Differs from the inventory everywhere, to show which of the two a node is made of. */
const reported: HardwareReport = {
  cpus: 12,
  memoryBytes: 48 * GiB,
  gpus: Array.from({ length: 2 }, () => ({ model: "NVIDIA-L4", memoryBytes: 24 * GiB })),
  hcas: [{ name: "mlx5_0", guid: "0x0000000000000001", portGuid: "0x0000000000000002" }],
};

function cluster(workers?: WorkersArgs) {
  const resource = { bootBegan: pulumi.output(undefined) };
  const members = machines.map(
    (machine) => ({ machine, hardware: pulumi.output(reported), resource }) as unknown as FleetMember,
  );
  return declare(
    () =>
      new KubernetesCluster("kubernetes", {
        control: { mode: "embedded", stateDir: "/room/kubernetes" },
        apiServer: { address: "127.80.2.1", port: 6443 },
        podCidr: "10.80.0.0/17",
        serviceCidr: "10.80.128.0/17",
        members,
        csiDrivers: ["files.csi", "blocks.csi"],
        ...(workers && { workers }),
      }),
  );
}

describe("KubernetesCluster", () => {
  it("makes nodes of what the machines reported, with role, taint and capacity", async () => {
    const declared = await cluster();
    assert.deepEqual(
      declared
        .all(NODE)
        .map((n) => n.name)
        .sort(),
      machines.map((m) => m.name).sort(),
    );
    const { inputs, ignoreChanges } = declared.one(NODE, "gpu-1");
    const metadata = inputs["metadata"] as {
      labels: Record<string, string>;
      annotations: Record<string, string>;
    };
    assert.equal(metadata.labels["lectern.dev/role"], "gpu");
    assert.equal(metadata.labels["nvidia.com/gpu.product"], "NVIDIA-L4");
    assert.equal(metadata.labels["nvidia.com/gpu.count"], "2");
    assert.equal(metadata.annotations["lectern.dev/mac"], "52:54:00:71:00:11");
    assert.deepEqual(inputs["spec"], {
      taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }],
    });
    const status = inputs["status"] as Record<string, unknown>;
    assert.deepEqual(status["capacity"], {
      cpu: "12",
      memory: `${48 * 2 ** 20}Ki`,
      pods: "110",
      "ephemeral-storage": "200Gi",
      "nvidia.com/gpu": "2",
      "rdma/hca_shared_devices_a": "64",
    });
    assert.deepEqual(status["allocatable"], status["capacity"]);
    assert.deepEqual(status["addresses"], [
      { type: "InternalIP", address: "127.80.2.11" },
      { type: "Hostname", address: "gpu-1" },
    ]);
    assert.deepEqual(ignoreChanges, ["status"], "a kubelet's status is no drift");
  });

  it("keeps courses off the control plane and the storage machines", async () => {
    const declared = await cluster();
    const taints = (name: string) =>
      (declared.one(NODE, name).inputs["spec"] as { taints: unknown[] }).taints;
    assert.deepEqual(taints("ctl-1"), [
      { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
    ]);
    assert.deepEqual(taints("storage-2"), [
      { key: "lectern.dev/role", value: "storage", effect: "NoSchedule" },
    ]);
  });

  it("lists every CSI driver on every node, below the node itself", async () => {
    const declared = await cluster();
    for (const { name } of machines) {
      const { metadata, spec } = declared.one("kubernetes:storage.k8s.io/v1:CSINode", name).inputs as {
        metadata: { ownerReferences: unknown[] };
        spec: { drivers: unknown[] };
      };
      assert.deepEqual(metadata.ownerReferences, [
        { apiVersion: "v1", kind: "Node", name, uid: `uid-of-${name}` },
      ]);
      assert.deepEqual(spec.drivers, [
        { name: "files.csi", nodeID: name },
        { name: "blocks.csi", nodeID: name },
      ]);
    }
  });

  it("gives machines that join what the site says of their network, and kwok none of them", async () => {
    const declared = await cluster({
      machines: ["gpu-1"],
      boot: { url: "http://127.80.0.2:8080", token: SECRETS.password("boot") },
      sandboxImage: "127.80.0.2:5000/pause@sha256:00",
      nameServers: ["10.0.0.53"],
      timeServers: ["ntp.example.edu"],
    });
    const { inputs } = declared.one("metal:index:Worker", "gpu-1");
    const { nameServers, timeServers, plainRegistries } = inputs;
    assert.deepEqual(
      { nameServers, timeServers, plainRegistries },
      { nameServers: ["10.0.0.53"], timeServers: ["ntp.example.edu"], plainRegistries: [] },
    );
    assert.ok(!declared.all(NODE).some(({ name }) => name === "gpu-1"));
  });

  it("keeps the kubeconfig a secret on every way it takes", async () => {
    const declared = await cluster();
    const control = declared.one("metal:index:ControlPlane", "kubernetes-control-plane");
    assert.deepEqual(control.secretOutputs, ["kubeconfig"]);
    assert.equal(control.inputs["dir"], "/room/kubernetes");
    assert.deepEqual(await read(declared.value.kubeconfig), { value: SECRETS.kubeconfig, secret: true });
    assert.deepEqual(declared.one("pulumi:providers:kubernetes", "kubernetes").secrets, ["kubeconfig"]);
    const component = declared.one("lectern:index:KubernetesCluster", "kubernetes");
    assert.deepEqual(component.secretComponentOutputs, ["kubeconfig"]);
    assert.doesNotMatch(
      JSON.stringify(declared.resources.map((r) => [r.open, r.openOutputs])),
      /kubeconfig-of/,
    );
  });

  it("speaks to its own cluster only, and stops when it does not answer", async () => {
    const declared = await cluster();
    const provider = declared.one("pulumi:providers:kubernetes", "kubernetes");
    assert.equal(provider.inputs["deleteUnreachable"], "false");
    const component = declared.one("lectern:index:KubernetesCluster", "kubernetes");
    for (const resource of declared.resources.filter((r) => r.type.startsWith("kubernetes:"))) {
      assert.equal(resource.provider, `${provider.urn}::kubernetes-id`, resource.urn);
      assert.equal(resource.parent, component.urn, resource.urn);
    }
  });
});
