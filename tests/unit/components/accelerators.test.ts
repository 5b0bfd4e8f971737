import assert from "node:assert/strict";
import { Accelerators } from "../../../components/accelerators";
import { nodeCapacity, nodeLabels } from "../../../components/plan/site-plan";
import { declare } from "../../fixtures/pulumi-mocks";

const DAEMON_SET = "kubernetes:apps/v1:DaemonSet";
interface PodSpec {
  readonly nodeSelector: Record<string, string>;
  readonly tolerations: unknown[];
  readonly runtimeClassName?: string;
  readonly containers: {
    image: string;
    args: string[];
    volumeMounts: { name: string; mountPath: string }[];
  }[];
  readonly volumes: { name: string; hostPath?: { path: string }; configMap?: { name: string } }[];
}
const accelerators = (args = {}) => declare(() => new Accelerators("accelerators", args));
const podSpec = async (name: string) => {
  const { inputs } = (await accelerators()).one(DAEMON_SET, name);
  return (inputs["spec"] as { template: { spec: PodSpec } }).template.spec;
};

/** A machine with one GPU and one HCA, as it would report itself. */
const hardware = {
  cpus: 1,
  memoryBytes: 2 ** 30,
  gpus: [{ model: "NVIDIA-L4", memoryBytes: 2 ** 30 }],
  hcas: [{ name: "mlx5_0", guid: "0x0000000000000001", portGuid: "0x0000000000000002" }],
};

describe("Accelerators", () => {
  it("runs each device plugin on the nodes that are labelled with such a device, whatever their taints", async () => {
    const labels = nodeLabels({ name: "gpu-1", role: "gpu" }, hardware);
    const plain = nodeLabels({ name: "cpu-1", role: "cpu" }, { gpus: [], hcas: [] });
    for (const name of ["nvidia-device-plugin", "rdma-shared-device-plugin"]) {
      const { nodeSelector, tolerations } = await podSpec(name);
      assert.ok(Object.keys(nodeSelector).length > 0, name);
      for (const [key, value] of Object.entries(nodeSelector)) {
        assert.equal(labels[key], value, name);
        assert.equal(plain[key], undefined, name);
      }
      assert.deepEqual(tolerations, [{ operator: "Exists" }], name);
    }
  });

  it("offers RDMA under the name and with the shares that nodes and courses count on", async () => {
    const { data } = (await accelerators()).one("kubernetes:core/v1:ConfigMap", "rdma-devices").inputs as {
      data: Record<string, string>;
    };
    const [pool] = (
      JSON.parse(data["config.json"]!) as {
        configList: { resourcePrefix: string; resourceName: string; rdmaHcaMax: number }[];
      }
    ).configList;
    const name = `${pool?.resourcePrefix}/${pool?.resourceName}`;
    assert.equal(nodeCapacity(hardware)[name], String(pool?.rdmaHcaMax));
  });

  it("gives each plugin the kubelet's socket folder, and every mount a volume", async () => {
    for (const name of ["nvidia-device-plugin", "rdma-shared-device-plugin"]) {
      const { containers, volumes } = await podSpec(name);
      const mounts = containers[0]?.volumeMounts ?? [];
      assert.deepEqual(mounts.map((m) => m.name).sort(), volumes.map((v) => v.name).sort(), name);
      assert.ok(
        mounts.some((m) => m.mountPath === "/var/lib/kubelet/device-plugins"),
        name,
      );
    }
    const config = (await podSpec("rdma-shared-device-plugin")).volumes.find((v) => v.name === "config");
    assert.deepEqual(config?.configMap, { name: "rdma-devices" });
  });

  it("hands GPUs out as mounts, by the runtime that brings the driver's libraries", async () => {
    const { containers, runtimeClassName } = await podSpec("nvidia-device-plugin");
    assert.equal(runtimeClassName, "nvidia");
    assert.ok(containers[0]?.args.includes("--device-list-strategy=volume-mounts"));
    assert.equal((await podSpec("rdma-shared-device-plugin")).runtimeClassName, undefined);
  });

  it("takes a site's own images, and hangs everything below itself", async () => {
    const declared = await accelerators({ nvidiaPluginImage: "registry:5000/plugin@sha256:1" });
    const { inputs } = declared.one(DAEMON_SET, "nvidia-device-plugin");
    const { template } = inputs["spec"] as { template: { spec: PodSpec } };
    assert.equal(template.spec.containers[0]?.image, "registry:5000/plugin@sha256:1");
    const component = declared.one("lectern:index:Accelerators", "accelerators");
    assert.equal(declared.childrenOf(component).length, declared.resources.length - 1);
    assert.equal(
      declared.one("kubernetes:node.k8s.io/v1:RuntimeClass", "nvidia").inputs["handler"],
      "nvidia",
    );
  });
});
