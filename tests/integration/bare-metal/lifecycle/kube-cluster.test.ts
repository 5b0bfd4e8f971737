import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeApi, parseKubeconfig } from "../../../../base/kubernetes/api";
import { waitFor } from "../../../../base/wait";
import { startControlPlane, stopControlPlane, toolsFromPath } from "../../../../bare-metal/control-plane";
import { type ClusterBackend, kubeCluster } from "../../../../bare-metal/lifecycle";

const NODE = "gpu-1";
const PODS = "/api/v1/namespaces/default/pods";

describe("the node of a machine at a real API server, with its controllers and kwok", function () {
  this.timeout(180_000);
  const dir = mkdtempSync(join(tmpdir(), "lectern-life-"));
  let api: KubeApi;
  let cluster: ClusterBackend;

  before(async () => {
    const networks = { podCidr: "10.244.0.0/16", serviceCidr: "10.96.0.0/16" };
    const { kubeconfig } = await startControlPlane({
      dir,
      address: "127.88.2.1",
      port: 6443,
      ...networks,
      tools: toolsFromPath(),
    });
    api = new KubeApi(parseKubeconfig(kubeconfig));
    cluster = kubeCluster(new KubeApi(parseKubeconfig(kubeconfig)), NODE);
    const resources = { cpu: "8", memory: "16Gi", pods: "20" };
    await api.post("/api/v1/nodes", {
      metadata: { name: NODE, annotations: { "kwok.x-k8s.io/node": "fake" } },
      status: { capacity: resources, allocatable: resources },
    });
    await waitFor("the node is Ready", async () => (await cluster.node())?.ready || undefined, {
      timeout: 60_000,
    });
    await waitFor(
      "the account of pods",
      () => api.get("/api/v1/namespaces/default/serviceaccounts/default"),
      { timeout: 60_000 },
    );
  });
  after(async () => {
    cluster?.close();
    api?.close();
    await stopControlPlane(dir, { removeData: true });
    rmSync(dir, { recursive: true, force: true });
  });

  const running = (name: string) =>
    waitFor(
      `${name} runs`,
      async () =>
        (await api.get<{ status: { phase: string } }>(`${PODS}/${name}`)).status.phase === "Running" ||
        undefined,
      { timeout: 60_000 },
    );
  const addPod = async (name: string, more: object = {}): Promise<void> => {
    await api.post(PODS, {
      metadata: { name, labels: { app: name }, ...more },
      spec: { nodeName: NODE, containers: [{ name: "c", image: "x" }] },
    });
    await running(name);
  };

  it("counts a heartbeat only if it is of this boot", async () => {
    assert.equal((await cluster.node(Date.now() - 3_600_000))?.ready, true);
    const later = await cluster.node(Date.now() + 3_600_000);
    assert.equal(later?.ready, false);
    assert.match(later?.message ?? "", /not been heard of since its boot/);
    const other = kubeCluster(new KubeApi(api.connection), "no-such-node");
    assert.equal(await other.node(), undefined);
    await other.cordon();
    await other.deleteNode();
    other.close();
  });

  it("takes back its own cordon, and leaves a person's", async () => {
    await cluster.cordon();
    assert.deepEqual([(await cluster.node())?.cordoned, (await cluster.node())?.cordonedByUs], [true, true]);
    await cluster.uncordon();
    assert.equal((await cluster.node())?.cordoned, false);
    await api.patch(`/api/v1/nodes/${NODE}`, { spec: { unschedulable: true } });
    await cluster.cordon();
    assert.equal((await cluster.node())?.cordonedByUs, false);
    await cluster.uncordon();
    assert.equal((await cluster.node())?.cordoned, true);
    await api.patch(`/api/v1/nodes/${NODE}`, { spec: { unschedulable: null } });
  });

  it("evicts what may leave, and holds what a budget protects until there is room", async () => {
    await addPod("free");
    await addPod("guarded");
    const budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
    await api.post(budgets, {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "guard" },
      spec: { minAvailable: 1, selector: { matchLabels: { app: "guarded" } } },
    });
    await waitFor(
      "the budget is counted",
      async () => {
        const { status } = await api.get<{ status?: { currentHealthy?: number } }>(`${budgets}/guard`);
        return status?.currentHealthy === 1 || undefined;
      },
      { timeout: 60_000 },
    );
    const first = await cluster.evict();
    assert.deepEqual([...first.left].sort(), ["default/free", "default/guarded"]);
    assert.equal(first.held.length, 1);
    assert.match(first.held[0] ?? "", /default\/guarded: .*disruption budget/);
    await waitFor(
      "only the guarded pod is left",
      async () => (await cluster.evict()).left.join() === "default/guarded" || undefined,
      { timeout: 60_000 },
    );
    await running("guarded");
    await api.delete(`${budgets}/guard`, {});
    await waitFor("all have left", async () => (await cluster.evict()).left.length === 0 || undefined, {
      timeout: 60_000,
    });
  });

  it("leaves the pods of DaemonSets and static pods, and counts no ended ones", async () => {
    await api.post("/apis/apps/v1/namespaces/default/daemonsets", {
      metadata: { name: "d" },
      spec: {
        selector: { matchLabels: { app: "other" } },
        template: {
          metadata: { labels: { app: "other" } },
          spec: { containers: [{ name: "c", image: "x" }] },
        },
      },
    });
    await waitFor(
      "the DaemonSet's pod",
      async () => {
        const { items } = await api.get<{ items: { metadata: { ownerReferences?: { kind: string }[] } }[] }>(
          PODS,
        );
        return items.some((p) => p.metadata.ownerReferences?.[0]?.kind === "DaemonSet") || undefined;
      },
      { timeout: 60_000 },
    );
    assert.deepEqual((await cluster.evict()).left, []);
  });

  it("deletes the node, once and again", async () => {
    await cluster.deleteNode();
    assert.equal(await cluster.node(), undefined);
    await cluster.deleteNode();
  });
});
