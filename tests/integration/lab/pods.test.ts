import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseAllDocuments } from "yaml";
import { KubeApi, parseKubeconfig } from "../../../base/kubernetes/api";
import type { KubeObject } from "../../../base/kubernetes/objects";
import { ProcessFolder } from "../../../base/processes";
import { waitFor } from "../../../base/wait";
import { startControlPlane, stopControlPlane, toolsFromPath } from "../../../bare-metal/control-plane";
import { POD_RUNNER_TOOLS, startPodRunner, stopPodRunner, writeRoomStages } from "../../../lab/pods";
import type { Pod, Secret, Service } from "../../../lab/pods/objects";
import { ensureTools, type Toolbox } from "../../../toolchain/resolve";

const run = promisify(execFile);
const CHART = join(__dirname, "..", "..", "fixtures", "lab", "volcano-chart.yaml");
/** Folders of the chart that hold its CRDs. */
const CRDS = ["crd/bases", "charts/jobflow/crd/bases"];
const [POD_NETWORK, SERVICE_NETWORK, ADDRESS] = ["10.183.0.0/16", "10.184.0.0/16", "127.83.2.1"];

interface Condition {
  readonly type: string;
  readonly status: string;
}
interface WithStatus extends KubeObject {
  readonly spec?: { readonly weight?: number; readonly reclaimable?: boolean; readonly nodeName?: string };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly state?: { readonly phase?: string };
    readonly phase?: string;
  };
}

function node(name: string, role: string, gpus: number): object {
  const capacity = {
    cpu: "128",
    memory: "1024Gi",
    pods: "110",
    ...(gpus > 0 ? { "nvidia.com/gpu": String(gpus) } : {}),
  };
  const taints =
    role === "control-plane" ? [] : [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }];
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: { "lectern.dev/role": role, "kubernetes.io/hostname": name },
      annotations: { "kwok.x-k8s.io/node": "fake" },
    },
    spec: { taints },
    status: { capacity, allocatable: capacity },
  };
}

function queue(name: string, gpus: number, extra: object = {}): object {
  const all = { cpu: "256", memory: "2048Gi", "nvidia.com/gpu": String(gpus) };
  return {
    apiVersion: "scheduling.volcano.sh/v1beta1",
    kind: "Queue",
    metadata: { name },
    spec: { guarantee: { resource: { "nvidia.com/gpu": "4" } }, deserved: all, capability: all, ...extra },
  };
}

function gang(name: string, replicas: number, gpus: number, minAvailable = replicas): object {
  const resources = { cpu: "2", memory: "4Gi", "nvidia.com/gpu": String(gpus) };
  return {
    apiVersion: "batch.volcano.sh/v1alpha1",
    kind: "Job",
    metadata: { name, namespace: "course-x" },
    spec: {
      minAvailable,
      schedulerName: "volcano",
      queue: "course-x",
      tasks: [
        {
          name: "worker",
          replicas,
          template: {
            spec: {
              restartPolicy: "Never",
              securityContext: {
                runAsNonRoot: true,
                runAsUser: 1000,
                seccompProfile: { type: "RuntimeDefault" },
              },
              tolerations: [{ key: "nvidia.com/gpu", operator: "Exists" }],
              containers: [
                {
                  name: "train",
                  image: "registry.test/course-x/train:1",
                  resources: { requests: resources, limits: resources },
                  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
                },
              ],
            },
          },
        },
      ],
    },
  };
}

describe("Volcano's own chart on nodes that kwok keeps alive", function () {
  this.timeout(900_000);
  const room = { dir: mkdtempSync(join(tmpdir(), "lectern-pods-")) };
  const planeDir = join(room.dir, "kubernetes");
  let toolbox: Toolbox;
  let api: KubeApi;

  const kubectl = async (...args: string[]): Promise<string> => {
    const env = { ...process.env, KUBECONFIG: join(planeDir, "admin.kubeconfig"), HOME: room.dir };
    return (await run(toolbox.path("kubectl"), args, { env, maxBuffer: 2 ** 25 })).stdout;
  };
  const apply = (file: string): Promise<string> => kubectl("apply", "--server-side", "-f", file);
  const pods = async (namespace: string): Promise<Pod[]> =>
    (await api.get<{ items: Pod[] }>(`/api/v1/namespaces/${namespace}/pods`)).items;
  const ready = async (name: string): Promise<true | undefined> => {
    const deployment = await api.get<WithStatus>(
      `/apis/apps/v1/namespaces/volcano-system/deployments/${name}`,
    );
    const available = deployment.status?.conditions?.find((c) => c.type === "Available")?.status === "True";
    return available &&
      (deployment.status as { unavailableReplicas?: number }).unavailableReplicas === undefined
      ? true
      : undefined;
  };
  const allReady = (): Promise<unknown> =>
    Promise.all(
      ["scheduler", "controllers", "admission"].map((n) =>
        waitFor(`volcano-${n} available`, () => ready(`volcano-${n}`), { timeout: 90_000 }),
      ),
    );
  const jobPhase = async (name: string): Promise<string | undefined> =>
    (await api.get<WithStatus>(`/apis/batch.volcano.sh/v1alpha1/namespaces/course-x/jobs/${name}`)).status
      ?.state?.phase;
  const loopback = (): string => spawnSync("ip", ["-4", "address", "show", "dev", "lo"]).stdout.toString();

  before(async () => {
    toolbox = await ensureTools([
      ...POD_RUNNER_TOOLS,
      "etcd",
      "kube-apiserver",
      "kube-controller-manager",
      "kube-scheduler",
    ]);
    // Before there is a cluster, as a room starts it.
    startPodRunner(room, toolbox, { podNetwork: POD_NETWORK });
    const env = { PATH: toolbox.searchPath(), LECTERN_KWOK_STAGES: writeRoomStages(room, toolbox) };
    const plane = await startControlPlane({
      dir: planeDir,
      address: ADDRESS,
      port: 6443,
      podCidr: POD_NETWORK,
      serviceCidr: SERVICE_NETWORK,
      tools: toolsFromPath(env),
      timeout: 120_000,
    });
    api = new KubeApi(parseKubeconfig(plane.kubeconfig));
    await api.post("/api/v1/nodes", node("ctl-1", "control-plane", 0));
    for (const n of [1, 2, 3, 4]) await api.post("/api/v1/nodes", node(`gpu-${n}`, "gpu", 8));
    await api.post("/api/v1/namespaces", { metadata: { name: "volcano-system" } });
    for (const dir of CRDS) await apply(join(toolbox.data("volcano-chart"), dir));
    await apply(CHART);
    await allReady();
  });

  after(async () => {
    api?.close();
    await stopPodRunner(room);
    await stopControlPlane(planeDir, { removeData: false });
    assert.deepEqual(new ProcessFolder(join(room.dir, "pods", "run")).names(), []);
    rmSync(room.dir, { recursive: true, force: true });
  });

  it("makes the webhooks' certificate by the chart's own Job", async () => {
    const secret = await api.get<Secret>(
      "/api/v1/namespaces/volcano-system/secrets/volcano-admission-secret",
    );
    assert.deepEqual(Object.keys(secret.data ?? {}).sort(), ["ca.crt", "tls.crt", "tls.key"]);
    const job = await api.get<WithStatus>(
      "/apis/batch/v1/namespaces/volcano-system/jobs/volcano-admission-init",
    );
    assert.equal(job.status?.conditions?.find((c) => c.type === "Complete")?.status, "True");
  });

  it("gives each process no more than its ServiceAccount may do", async () => {
    const [scheduler] = (await pods("volcano-system")).filter((p) =>
      p.metadata.name.startsWith("volcano-scheduler"),
    );
    const identity = join(room.dir, "pods", "pods", scheduler!.metadata.uid, "identity");
    assert.equal(statSync(join(identity, "token")).mode & 0o777, 0o600);
    const as = (...args: string[]): { status: number | null; out: string } => {
      const env = { ...process.env, KUBECONFIG: join(identity, "kubeconfig"), HOME: room.dir };
      const { status, stdout } = spawnSync(toolbox.path("kubectl"), args, { env });
      return { status, out: stdout.toString() };
    };
    assert.match(as("auth", "whoami").out, /system:serviceaccount:volcano-system:volcano-scheduler/);
    assert.equal(as("auth", "can-i", "list", "nodes").status, 0);
    assert.equal(as("auth", "can-i", "list", "secrets").status, 1);
  });

  it("answers the API server's webhooks at the Service's own ClusterIP", async () => {
    const service = await api.get<Service>(
      "/api/v1/namespaces/volcano-system/services/volcano-admission-service",
    );
    assert.ok(loopback().includes(`${service.spec.clusterIP}/32`));
    await api.post("/api/v1/namespaces", {
      metadata: { name: "course-x", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    });
    const made = await api.post<WithStatus>(
      "/apis/scheduling.volcano.sh/v1beta1/queues",
      queue("course-x", 16),
    );
    assert.deepEqual([made.spec?.weight, made.spec?.reclaimable], [1, true]);
    // Volcano's controller opens a queue; until then its webhook refuses the queue's jobs.
    const opened = async (): Promise<true | undefined> => {
      const path = "/apis/scheduling.volcano.sh/v1beta1/queues/course-x";
      const { status } = await api.get<{ status?: { state?: string } }>(path);
      return status?.state === "Open" ? true : undefined;
    };
    await waitFor("the queue is open", opened, { timeout: 30_000 });
    await assert.rejects(
      api.post("/apis/batch.volcano.sh/v1alpha1/namespaces/course-x/jobs", gang("wrong", 2, 1, 3)),
      /validatejob\.volcano\.sh.*minAvailable/,
    );
  });

  it("binds a gang at once and completes it", async () => {
    await api.post("/apis/batch.volcano.sh/v1alpha1/namespaces/course-x/jobs", gang("train", 3, 2));
    await waitFor(
      "the gang has completed",
      async () => ((await jobPhase("train")) === "Completed" ? true : undefined),
      {
        timeout: 60_000,
      },
    );
    const nodes = (await pods("course-x")).map((p) => p.spec.nodeName);
    assert.equal(nodes.length, 3);
    for (const name of nodes) assert.match(name ?? "", /^gpu-/);
  });

  it("keeps a gang within the course's ResourceQuota", async () => {
    await api.post("/api/v1/namespaces/course-x/resourcequotas", {
      metadata: { name: "course" },
      spec: { hard: { "requests.nvidia.com/gpu": "4" } },
    });
    await waitFor(
      "the quota is known",
      async () => {
        const quota = await api.get<{ status?: { hard?: object } }>(
          "/api/v1/namespaces/course-x/resourcequotas/course",
        );
        return quota.status?.hard ? true : undefined;
      },
      { timeout: 30_000 },
    );
    await api.post("/apis/batch.volcano.sh/v1alpha1/namespaces/course-x/jobs", gang("too-many", 3, 2));
    const refused = await waitFor(
      "a pod is refused",
      async () => {
        const { items } = await api.get<{ items: { message: string }[] }>(
          "/api/v1/namespaces/course-x/events",
        );
        return items.map((e) => e.message).find((m) => m.includes("exceeded quota: course"));
      },
      { timeout: 60_000 },
    );
    assert.match(refused, /requests\.nvidia\.com\/gpu/);
    assert.ok((await pods("course-x")).filter((p) => p.metadata.name.startsWith("too-many")).length < 3);
    assert.notEqual(await jobPhase("too-many"), "Completed");
  });

  it("updates a mounted ConfigMap's files", async () => {
    const path = "/api/v1/namespaces/volcano-system/configmaps/volcano-scheduler-configmap";
    const key = "volcano-scheduler.conf";
    const before = (await api.get<{ data: Record<string, string> }>(path)).data[key] ?? "";
    await api.patch(path, { data: { [key]: `${before}\n# changed\n` } });
    const [scheduler] = (await pods("volcano-system")).filter((p) =>
      p.metadata.name.startsWith("volcano-scheduler"),
    );
    const file = join(room.dir, "pods", "pods", scheduler!.metadata.uid, "volumes", "scheduler-config", key);
    await waitFor(
      "the file has changed",
      () => (readFileSync(file, "utf8").includes("# changed") ? true : undefined),
      {
        timeout: 10_000,
      },
    );
  });

  it("starts a program again when it dies, and replaces a pod that is deleted", async () => {
    const scheduler = async (): Promise<Pod> =>
      (await pods("volcano-system")).filter((p) => p.metadata.name.startsWith("volcano-scheduler")).at(-1)!;
    const first = await scheduler();
    const record = new ProcessFolder(join(room.dir, "pods", "run")).find(first.metadata.uid);
    process.kill(-record!.pid, "SIGKILL");
    await waitFor(
      "it runs again",
      async () => {
        const [status] = (
          (await scheduler()).status as { containerStatuses: { restartCount: number; ready: boolean }[] }
        ).containerStatuses;
        return status!.restartCount === 1 && status!.ready ? true : undefined;
      },
      { timeout: 30_000 },
    );
    await kubectl(
      "-n",
      "volcano-system",
      "delete",
      "pod",
      first.metadata.name,
      "--wait=true",
      "--timeout=40s",
    );
    await allReady();
    assert.notEqual((await scheduler()).metadata.uid, first.metadata.uid);
    assert.ok(!existsSync(join(room.dir, "pods", "pods", first.metadata.uid)));
  });

  it("survives a restart of the API server", async () => {
    const planeProcesses = new ProcessFolder(join(planeDir, "run"));
    const record = planeProcesses.find("kube-apiserver")!;
    await planeProcesses.stop("kube-apiserver");
    planeProcesses.start({
      name: "kube-apiserver",
      argv: record.argv as [string, ...string[]],
      cwd: planeDir,
      logFile: record.logFile,
    });
    await waitFor("the API server answers", () => api.get("/api/v1/namespaces/course-x"), {
      timeout: 60_000,
    });
    await kubectl("-n", "volcano-system", "rollout", "restart", "deployment/volcano-controllers");
    await kubectl(
      "-n",
      "volcano-system",
      "rollout",
      "status",
      "deployment/volcano-controllers",
      "--timeout=90s",
    );
  });

  it("leaves neither processes nor addresses when it stops", async () => {
    const running = new ProcessFolder(join(room.dir, "pods", "run"));
    const file = join(room.dir, "pods", "addresses.json");
    const held = await waitFor(
      "three pods and two Services have addresses, pods that were replaced have none",
      () => {
        const addresses = JSON.parse(readFileSync(file, "utf8")) as string[];
        return addresses.length === 5 ? addresses : undefined;
      },
      { timeout: 40_000 },
    );
    await stopPodRunner(room);
    assert.deepEqual(running.names(), []);
    for (const address of held) assert.ok(!loopback().includes(`${address}/32`), address);
    assert.deepEqual(
      readdirSync(join(room.dir, "pods", "nodes")).filter((n) => n.startsWith("gpu")),
      [],
    );
  });

  it("has the fixture from the chart that the toolchain pins", () => {
    const documents = parseAllDocuments(readFileSync(CHART, "utf8"));
    const images = documents
      .map(
        (d) => d.toJS() as { spec?: { template?: { spec?: { containers?: { image: string }[] } } } } | null,
      )
      .flatMap((d) => d?.spec?.template?.spec?.containers?.map((c) => c.image) ?? []);
    assert.deepEqual(new Set(images.map((i) => i.split(":")[1])), new Set(["v1.10.0"]));
  });
});
