import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { run } from "../../base/run";
import { ProcessFolder } from "../../base/processes";
import { waitFor } from "../../base/wait";
import { BOOT_SERVICE_PROCESS, bootServiceClient } from "../../lab/boot-service";
import { publishToRoom } from "../../lab/vm/start";
import {
  expectConnections,
  openCourse,
  openNamespace,
  startGang,
  startPods,
  startService,
} from "../fixtures/course-pods";
import { BOOT_MS, isReady, type KubeNode, MachineCluster } from "../fixtures/machine-cluster";
import { LABEL_FILE, relabelled } from "../fixtures/node-image";

/** Part of `npm run e2e:machine`, not of `npm test`: minutes of an emulated machine each. */
const isLong = process.env["LECTERN_LONG_TESTS"] === "1";
const long = isLong ? it : () => undefined;
/** So that a kubelet renews them while it is watched: it begins when 70 to 90 per cent are over. */
const CERTIFICATE_MS = 300_000;

describe("a machine, from power-off to a Ready node with a running pod", function () {
  this.timeout(BOOT_MS + 300_000);
  let cluster: MachineCluster;
  let siteNames: ChildProcess | undefined;

  before(async () => {
    if (isLong) process.env["CERTIFICATE_LIFETIME"] = String(CERTIFICATE_MS);
    cluster = await MachineCluster.start({ name: "machine", net: "100.79" });
    const { address } = cluster.room.inventory.services.registry;
    process.env["NAME_SERVERS"] = JSON.stringify([address]);
    siteNames = nameServer(address, { "registry.example.edu": address });
  });
  after(async () => {
    siteNames?.kill();
    await cluster?.stop();
  });

  it("goes on where a pulumi up that was killed had come to, without a second power-on", async () => {
    await cluster.killedUp(
      "cpu-1 has asked for its boot script",
      async () => (await cluster.record())?.bootedAt !== undefined,
    );
    assert.deepEqual(cluster.powerOrders(), ["on"]);
    await cluster.up();
    assert.deepEqual(cluster.powerOrders(), ["on"], "the machine was switched on once");
    const { state, claimedAt } = (await cluster.record()) ?? {};
    assert.equal(state, "ready");
    assert.ok(claimedAt, "it claimed its boot over TLS");
  });

  it("is a Ready node by its own kubelet, which kwok does not touch", async () => {
    const items = await cluster.nodes();
    const [cpu, ctl] = ["cpu-1", "ctl-1"].map((name) => items.find((n) => n.metadata.name === name)) as [
      KubeNode,
      KubeNode,
    ];
    assert.equal(cpu.metadata.annotations["kwok.x-k8s.io/node"], undefined);
    assert.match(cpu.status.nodeInfo.containerRuntimeVersion, /^containerd:/);
    assert.match(cpu.status.nodeInfo.kubeletVersion, /^v1\.37\./);
    assert.equal(cpu.metadata.labels["lectern.dev/role"], "cpu");
    assert.equal(ctl.metadata.annotations["kwok.x-k8s.io/node"], "fake");
    for (const node of [cpu, ctl]) assert.ok(isReady(node), node.metadata.name);
    const tokens = await cluster.kubectl(
      "-n",
      "kube-system",
      "get",
      "secrets",
      "-l",
      "lectern.dev/machine",
      "-o",
      "name",
    );
    assert.equal(tokens.trim(), "", "the bootstrap token is spent");
  });

  it("runs a pod whose log is read through the API server", async () => {
    await cluster.account("default");
    assert.match(
      await cluster.logOf("hello", "echo hello from $(hostname); uname -r"),
      /^hello from hello\n6\.1\..*cloud-amd64\n$/,
    );
  });

  it("holds the pods of courses to their network policies, and answers their names", async () => {
    const { registry } = cluster.room.inventory.services;
    const outside = `${registry.address} ${registry.port}`;
    for (const course of ["one", "two"]) await openCourse(cluster, course);
    await openNamespace(cluster, "lectern-hub");
    const command = "sleep infinity";
    const pods = {
      // One in a gang has a name of its own, as those of a Volcano job have.
      web: {
        namespace: "course-one",
        command: `httpd -p 8080 -h /etc && httpd -p 8888 -h /etc && ${command}`,
        hostname: "rank-0",
      },
      near: { namespace: "course-one", command },
      far: { namespace: "course-two", command },
      hub: { namespace: "lectern-hub", command },
      free: { namespace: "default", command },
    };
    await startPods(cluster, pods);
    await startService(cluster, "course-one", "web");
    await startGang(cluster, "course-one");
    const address = ["pod", "web", "--namespace", "course-one", "--output", "jsonpath={.status.podIP}"];
    const web = await cluster.kubectl("get", ...address);
    await expectConnections(cluster, pods, [
      ["near", `${web} 8080`, true],
      ["near", "web 80", true],
      ["near", "rank-0.gang 8080", true],
      ["hub", `${web} 8888`, true],
      ["free", outside, true],
      ["free", `registry.example.edu ${registry.port}`, true],
      ["hub", `${web} 8080`, false],
      ["far", `${web} 8080`, false],
      ["far", `${web} 8888`, false],
      ["far", "web.course-one 80", false],
      ["free", `${web} 8080`, false],
      ["near", outside, false],
      ["far", outside, false],
    ]);
    for (const name of ["course-one", "course-two", "lectern-hub"])
      await cluster.kubectl("delete", "namespace", name, "--wait=false");
    await cluster.kubectl("delete", "pod", "free", "--wait=false");
  });

  long("renews its certificates by itself, and goes on when its first ones are over", async () => {
    const CLIENT = "kubernetes.io/kube-apiserver-client-kubelet";
    const SERVING = "kubernetes.io/kubelet-serving";
    const both = await waitFor(
      "cpu-1 has new certificates",
      async () => {
        const [client, serving] = await Promise.all([CLIENT, SERVING].map(certificates));
        const renewed = client?.some(({ by }) => by === "system:node:cpu-1") && (serving?.length ?? 0) > 1;
        return renewed ? [client?.[0]?.ends, serving?.[0]?.ends] : undefined;
      },
      { timeout: 2 * CERTIFICATE_MS, interval: 2_000 },
    );
    const ends = Math.max(...both.map((time) => time ?? NaN));
    const renewTime = ["get", "lease", "cpu-1", "-n", "kube-node-lease", "-o", "jsonpath={.spec.renewTime}"];
    await waitFor(
      "cpu-1 tells that it lives after its first certificates",
      async () => (Date.parse(await cluster.kubectl(...renewTime)) > ends ? true : undefined),
      { timeout: CERTIFICATE_MS, interval: 2_000 },
    );
    assert.ok(isReady(await cluster.node()), "cpu-1 is Ready");
    assert.match(
      await cluster.kubectl("logs", "hello"),
      /^hello from hello\n/,
      "its serving certificate is taken",
    );
  });

  long("has a pod that reaches a Service, and pods of another node, under its own address", async () => {
    await cluster.apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web", labels: { app: "web" } },
      spec: {
        nodeName: "cpu-1",
        containers: [
          {
            name: "main",
            image: cluster.image,
            command: [
              "sh",
              "-c",
              "mkdir -p /tmp/www && hostname >/tmp/www/index.html && httpd -f -p 8080 -h /tmp/www",
            ],
            readinessProbe: { httpGet: { port: 8080 }, periodSeconds: 1 },
            volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
          },
        ],
        volumes: [{ name: "tmp", emptyDir: {} }],
      },
    });
    await cluster.apply({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web" },
      spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] },
    });
    await cluster.kubectl("wait", "--for", "condition=Ready", "pod/web", "--timeout", "300s");
    // A pod of ctl-1, which kwok plays: what answers under its address is a process of this machine.
    const cidrOf = (name: string) => cluster.kubectl("get", "node", name, "-o", "jsonpath={.spec.podCIDR}");
    const [here, there] = [await cidrOf("cpu-1"), await cidrOf("ctl-1")];
    const pod = there.replace(/\d+\/\d+$/, "9");
    const cpu = cluster.room.inventory.machines.find((m) => m.name === "cpu-1")!;
    await run(["ip", "address", "add", `${pod}/32`, "dev", "lo"]);
    await run(["ip", "route", "add", here, "via", cpu.address]);
    const server = createServer((request, response) => response.end(`${request.socket.remoteAddress}\n`));
    await new Promise<void>((resolve) => server.listen(8080, pod, resolve));
    try {
      const [service, api] = await Promise.all(
        ["web", "kubernetes"].map((name) =>
          cluster.kubectl("get", "service", name, "-o", "jsonpath={.spec.clusterIP}"),
        ),
      );
      const asks = [
        `until wget -q -O - http://${service}; do sleep 1; done`,
        `until wget -q -O - http://${pod}:8080; do sleep 1; done`,
        "hostname -i",
        `nc -w 5 ${api} 443 </dev/null && echo the API server answers`,
      ];
      const [web, seenAs, own, answers] = (await cluster.logOf("client", asks.join("; "))).trim().split("\n");
      assert.deepEqual([web, answers], ["web", "the API server answers"]);
      assert.equal(seenAs, own, "its address is its own there too");
    } finally {
      server.close();
    }
  });

  it("keeps what was secret out of the boot script's network, the console and the logs", async () => {
    const { config, claim } = JSON.parse(
      readFileSync(join(cluster.room.dir, "boot/machines", "52-54-00-77-01-41.json"), "utf8"),
    ) as { config: { files: { path: string; content: string }[] }; claim: { token: string } };
    const bootstrap = config.files.find((f) => f.path.endsWith("bootstrap.kubeconfig"))?.content ?? "";
    const token = /token: (\S+)/.exec(bootstrap)?.[1] ?? "";
    assert.match(token, /^[a-z0-9]{6}\.[a-z0-9]{16}$/);
    for (const log of [
      cluster.file("console.log"),
      join(cluster.room.dir, "logs/boot-service.log"),
      join(cluster.room.dir, "logs/dnsmasq.log"),
    ])
      for (const secret of [token, claim.token])
        assert.ok(!readFileSync(log, "latin1").includes(secret), log);
  });

  it("changes nothing at a second pulumi up", async () => {
    const up = await cluster.project.pulumi(
      "up",
      "--yes",
      "--skip-preview",
      "--expect-no-changes",
      "--stack",
      "dev",
    );
    assert.equal(up.status, 0, up.output);
  });

  it("gives a machine another image: drained as the budget allows, shut down once, booted once, Ready", async () => {
    const other = join(cluster.root, "other-image");
    const sha256 = await relabelled(cluster.nodeImage, other, "the other image");
    await publishToRoom(cluster.room, other, "other");
    const processes = new ProcessFolder(join(cluster.room.dir, "run"));
    process.kill(processes.find(BOOT_SERVICE_PROCESS)?.pid as number, "SIGHUP");
    await waitFor(
      "the boot service has the other image",
      async () =>
        (await bootServiceClient(cluster.room).images()).named["other"] === sha256 ? true : undefined,
      { timeout: 20_000 },
    );
    await deployGuarded();
    const available = watchAvailable();
    try {
      process.env["NODE_IMAGES"] = JSON.stringify({ cpu: { name: "other", root: sha256 } });
      // Goes on from where it hurts most: the machine is down, and its boot is not ordered yet. A system takes seconds
      // to shut down, and Pulumi may order the boot as soon as it is off: so it is killed before.
      await cluster.killedUp("cpu-1's system was asked to shut down", async () =>
        cluster.powerOrders().includes("soft"),
      );
      await waitFor("cpu-1 is off", async () => ((await cluster.power()) === "off" ? true : undefined), {
        timeout: BOOT_MS,
      });
      assert.deepEqual(cluster.powerOrders().slice(1).filter(onlyOnce), ["soft"]);
      await cluster.up();
      assert.deepEqual(
        cluster.powerOrders().slice(1).filter(onlyOnce),
        ["soft", "on"],
        "one power action more",
      );
      assert.deepEqual(
        available().filter((n) => n < 1),
        [],
        `one of both pods was always there: ${available().join(" ")}`,
      );
    } finally {
      available();
    }
    const { state, root: runs } = (await cluster.record()) ?? {};
    assert.deepEqual([state, runs], ["ready", sha256]);
    const cpu = await cluster.node();
    assert.ok(isReady(cpu), "cpu-1 is Ready");
    assert.equal(cpu?.spec.unschedulable, undefined, "it takes pods again");
    assert.equal(await cluster.logOf("label", `cat /host${LABEL_FILE}`), "the other image\n");
  });

  it("asked the pods to leave one by one, and the budget was asked", () => {
    const evictions = readFileSync(join(cluster.room.dir, "kubernetes/logs/audit.log"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as AuditEvent)
      .filter((e) => e.objectRef?.subresource === "eviction" && e.objectRef.name?.startsWith("guarded-"))
      .map(({ objectRef, responseStatus }) => ({ pod: objectRef?.name, status: responseStatus?.code }));
    // The second is held back for as long as what replaces the first is not Ready, which may be no time.
    const [first, ...held] = evictions;
    const last = held.pop();
    assert.deepEqual([first?.status, last?.status], [201, 201], JSON.stringify(evictions));
    for (const { pod, status } of held) assert.deepEqual([pod, status], [last?.pod, 429]);
    assert.equal(new Set(evictions.map((e) => e.pod)).size, 2);
  });

  it("goes down with pulumi destroy", async () => {
    const down = await cluster.project.pulumi("destroy", "--yes", "--skip-preview", "--stack", "dev");
    assert.equal(down.status, 0, down.output);
    assert.equal(await cluster.power(), "off");
  });

  /** What a signer gave cpu-1, the oldest first: who asked, and when it ends. */
  async function certificates(signer: string): Promise<{ by: string; ends: number }[]> {
    const { items } = JSON.parse(await cluster.kubectl("get", "csr", "-o", "json")) as {
      items: {
        metadata: { creationTimestamp: string };
        spec: { signerName: string; username: string };
        status: { certificate?: string };
      }[];
    };
    return items
      .filter(({ spec, status }) => spec.signerName === signer && status.certificate !== undefined)
      .sort((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp))
      .map(({ spec, status }) => {
        const pem = Buffer.from(status.certificate ?? "", "base64");
        return { by: spec.username, ends: Date.parse(new X509Certificate(pem).validTo) };
      });
  }

  /** Two pods on cpu-1 of which one must always be there; once it is drained, they may go to ctl-1. */
  async function deployGuarded(): Promise<void> {
    const labels = { app: "guarded" };
    await cluster.kubectl("cordon", "ctl-1");
    await cluster.apply({
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "guarded" },
      spec: { minAvailable: 1, selector: { matchLabels: labels } },
    });
    await cluster.apply({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "guarded" },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            tolerations: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists" }],
            terminationGracePeriodSeconds: 1,
            containers: [{ name: "main", image: cluster.image, command: ["sleep", "infinity"] }],
          },
        },
      },
    });
    await cluster.kubectl("rollout", "status", "deployment/guarded", "--timeout", "300s");
    await cluster.kubectl("uncordon", "ctl-1");
  }

  /** Follows how many guarded pods are available. @returns ends it, and tells each number that was seen */
  function watchAvailable(): () => number[] {
    const path = 'jsonpath={.status.availableReplicas}{"\\n"}';
    const kubeconfig = join(cluster.room.dir, "kubernetes/admin.kubeconfig");
    const words = ["get", "deployment", "guarded", "--watch", "--output", path];
    const watch = spawn("kubectl", ["--kubeconfig", kubeconfig, ...words], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    let seen = "";
    watch.stdout.on("data", (text: Buffer) => (seen += text.toString()));
    return () => {
      watch.kill("SIGKILL");
      return seen.replace(/\n$/, "").split("\n").map(Number);
    };
  }
});

interface AuditEvent {
  readonly objectRef?: { readonly name?: string; readonly subresource?: string };
  readonly responseStatus?: { readonly code?: number };
}

/** A site's name server: dnsmasq that knows these names, and asks nobody. */
function nameServer(address: string, names: Readonly<Record<string, string>>): ChildProcess {
  const known = Object.entries(names).map(([name, of]) => `--address=/${name}/${of}`);
  const alone = ["--keep-in-foreground", "--conf-file=/dev/null", "--no-hosts", "--no-resolv", "--user=root"];
  const at = [`--listen-address=${address}`, "--bind-interfaces", "--pid-file="];
  return spawn("dnsmasq", [...alone, ...at, ...known], { stdio: "ignore" });
}

/** ipmi_sim's clients may send an order again. */
function onlyOnce(order: string, i: number, all: readonly string[]): boolean {
  return order !== all[i - 1];
}
