import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { ProcessFolder } from "../../../../base/processes";
import { waitFor } from "../../../../base/wait";
import {
  type ControlPlaneSpec,
  probeControlPlane,
  readKubeconfig,
  startControlPlane,
  stopControlPlane,
  toolsFromPath,
} from "../../../../bare-metal/control-plane";

const run = promisify(execFile);

describe("control plane as processes of this machine", function () {
  this.timeout(120_000);
  let spec: ControlPlaneSpec;
  before(async () => {
    const dir = mkdtempSync(join(tmpdir(), "lectern-plane-"));
    const networks = { podCidr: "10.244.0.0/16", serviceCidr: "10.96.0.0/16" };
    spec = { dir, address: "127.80.2.1", port: 6443, ...networks, tools: toolsFromPath() };
    await startControlPlane(spec);
  });
  after(async () => {
    await stopControlPlane(spec.dir, { removeData: true });
    rmSync(spec.dir, { recursive: true, force: true });
  });

  const kubectl = async (...argv: string[]): Promise<string> =>
    (await run("kubectl", ["--kubeconfig", join(spec.dir, "admin.kubeconfig"), ...argv])).stdout;
  const pids = (): number[] => {
    const folder = new ProcessFolder(join(spec.dir, "run"));
    return folder.names().map((name) => folder.find(name)?.pid ?? 0);
  };
  const apply = async (...objects: object[]): Promise<void> => {
    const file = join(spec.dir, "objects.yaml");
    writeFileSync(file, objects.map((o) => stringify(o)).join("---\n"));
    await kubectl("apply", "-f", file);
  };

  it("is ready, keeps its keys to itself, and starts nothing twice", async () => {
    assert.equal((await probeControlPlane(spec)).ready, true);
    assert.equal(statSync(join(spec.dir, "pki", "ca.key")).mode & 0o777, 0o600);
    assert.equal(statSync(join(spec.dir, "admin.kubeconfig")).mode & 0o777, 0o600);
    const before = pids();
    const again = await startControlPlane(spec);
    assert.equal(again.kubeconfig, readKubeconfig(spec.dir));
    assert.deepEqual(pids(), before);
  });

  it("brings a fake node and its pods to life, and leaves a real node alone", async () => {
    const capacity = {
      cpu: "64",
      memory: "256Gi",
      pods: "110",
      "nvidia.com/gpu": "8",
      "rdma/hca_shared_devices_a": "4",
    };
    const node = (name: string, annotations: object, offered: object): object => ({
      apiVersion: "v1",
      kind: "Node",
      metadata: { name, annotations },
      spec: { taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }] },
      status: { capacity: offered, allocatable: offered },
    });
    const workload = (kind: string, name: string, resources: object, tolerations: object[]): object => ({
      apiVersion: "apps/v1",
      kind,
      metadata: { name, namespace: "default" },
      spec: {
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: { tolerations, containers: [{ name: "main", image: "none", resources }] },
        },
      },
    });
    await waitFor("default service account", async () => kubectl("get", "serviceaccount", "default"), {
      timeout: 20_000,
    });
    await apply(
      node("gpu-1", { "kwok.x-k8s.io/node": "fake" }, capacity),
      node("real-1", {}, { cpu: "64", memory: "256Gi", pods: "110" }),
      workload("Deployment", "train", { limits: { "nvidia.com/gpu": 2 } }, []),
      workload("DaemonSet", "plugin", {}, [{ operator: "Exists" }]),
    );
    await kubectl("wait", "--for=condition=Ready", "node/gpu-1", "--timeout=30s");
    await kubectl("wait", "--for=condition=Available", "deployment/train", "--timeout=30s");
    const pods = await kubectl(
      "get",
      "pods",
      "-o",
      "jsonpath={range .items[*]}{.metadata.labels.app} {.spec.nodeName} {.status.phase};{end}",
    );
    assert.match(pods, /train gpu-1 Running;/);
    await waitFor(
      "the daemon's pod runs",
      async () =>
        /Running/.test(
          await kubectl(
            "get",
            "pods",
            "-l",
            "app=plugin",
            "--field-selector",
            "spec.nodeName=gpu-1",
            "-o",
            "jsonpath={.items[*].status.phase}",
          ),
        ) || undefined,
      { timeout: 20_000 },
    );
    const status = JSON.parse(await kubectl("get", "node", "gpu-1", "-o", "jsonpath={.status}")) as Record<
      string,
      unknown
    >;
    assert.deepEqual(status["capacity"], capacity);
    assert.deepEqual(status["allocatable"], capacity);
    assert.doesNotMatch(
      await kubectl("get", "node", "real-1", "-o", "jsonpath={.status.conditions[*].reason}"),
      /KubeletReady/,
    );
  });

  it("says which process is gone, and brings it back with the same identity", async () => {
    const ca = readFileSync(join(spec.dir, "pki", "ca.crt"), "utf8");
    await new ProcessFolder(join(spec.dir, "run")).stop("kube-scheduler");
    const state = await probeControlPlane(spec);
    assert.equal(state.ready, false);
    assert.equal(state.processes["kube-scheduler"], false);
    assert.match(state.problem ?? "", /kube-scheduler: does not run/);
    const again = await startControlPlane(spec);
    assert.equal(again.caCertificate, ca);
    assert.equal((await probeControlPlane(spec)).ready, true);
  });

  it("keeps its objects over a stop, and nothing once its data are removed", async () => {
    await stopControlPlane(spec.dir, { removeData: false });
    assert.deepEqual(Object.values((await probeControlPlane(spec)).processes), [
      false,
      false,
      false,
      false,
      false,
    ]);
    await startControlPlane(spec);
    assert.match(await kubectl("get", "nodes", "-o", "name"), /node\/gpu-1/);
    await stopControlPlane(spec.dir, { removeData: true });
    assert.equal(readKubeconfig(spec.dir), undefined);
  });

  it("tells the last words of a process that ends", async () => {
    const squatter = createServer().listen(2379, spec.address);
    await once(squatter, "listening");
    try {
      await assert.rejects(startControlPlane(spec), /etcd ended:[^]*address already in use/);
    } finally {
      squatter.close();
    }
  });
});
