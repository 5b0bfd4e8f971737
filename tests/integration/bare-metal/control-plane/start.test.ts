import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { KubeApi, parseKubeconfig } from "../../../../base/kubernetes/api";
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

import { rememberJoin } from "../../../../bare-metal/control-plane/join/memory";

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

  it("gives a node that joined its serving certificate, again and again, and to nobody else", async () => {
    const api = new KubeApi(parseKubeconfig(readKubeconfig(spec.dir) ?? ""));
    const node = { name: "cpu-9", address: "10.1.1.49" };
    const rest = {
      mac: "52:54:00:77:00:49",
      labels: {},
      taints: [],
      clusterCidr: "10.244.0.0/16",
      sandboxImage: "p",
    };
    await rememberJoin(api, { ...node, ...rest });
    api.close();
    /** What becomes of a request of `asks` for a server with these names. */
    const decided = async (name: string, asks: string, names: string): Promise<string> => {
      const [key, request] = [join(spec.dir, `${name}.key`), join(spec.dir, `${name}.csr`)];
      const subject = `/O=system:nodes/CN=system:node:${asks}`;
      const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key];
      const told = ["-subj", subject, "-addext", `subjectAltName=${names}`];
      await run("openssl", ["req", "-new", ...made, "-out", request, ...told]);
      const file = join(spec.dir, `${name}.yaml`);
      writeFileSync(
        file,
        stringify({
          apiVersion: "certificates.k8s.io/v1",
          kind: "CertificateSigningRequest",
          metadata: { name },
          spec: {
            signerName: "kubernetes.io/kubelet-serving",
            usages: ["digital signature", "server auth"],
            request: readFileSync(request).toString("base64"),
          },
        }),
      );
      const as = [
        "--as",
        `system:node:${asks}`,
        "--as-group",
        "system:nodes",
        "--as-group",
        "system:authenticated",
      ];
      await kubectl(...as, "create", "-f", file);
      const condition = await waitFor(
        `${name} is decided`,
        async () => {
          const path = "jsonpath={.status.conditions[0].type}: {.status.conditions[0].message}";
          const found = await kubectl("get", "csr", name, "-o", path);
          return found === ": " ? undefined : found;
        },
        { timeout: 20_000 },
      );
      if (condition.startsWith("Approved"))
        await waitFor(
          `${name} is signed`,
          async () =>
            (await kubectl("get", "csr", name, "-o", "jsonpath={.status.certificate}")) === ""
              ? undefined
              : true,
          { timeout: 20_000 },
        );
      return condition;
    };
    const own = "DNS:cpu-9,IP:10.1.1.49";
    for (const name of ["first", "renewal"]) assert.match(await decided(name, "cpu-9", own), /^Approved/);
    assert.match(
      await decided("foreign", "cpu-9", `${own},IP:10.1.1.50`),
      /^Denied: it names ip 10\.1\.1\.50/,
    );
    assert.match(await decided("stranger", "cpu-8", "DNS:cpu-8"), /^Denied: no node cpu-8 has joined/);
    const may = (...words: string[]) =>
      run("kubectl", [
        "--kubeconfig",
        join(spec.dir, "serving-approver.kubeconfig"),
        "auth",
        "can-i",
        ...words,
      ]).then(
        () => true,
        () => false,
      );
    assert.deepEqual(
      [await may("list", "csr"), await may("get", "secrets", "-A"), await may("delete", "nodes")],
      [true, false, false],
      "its rights are few",
    );
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
    const { processes } = await probeControlPlane(spec);
    assert.deepEqual([...new Set(Object.values(processes))], [false], "none of them lives");
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
