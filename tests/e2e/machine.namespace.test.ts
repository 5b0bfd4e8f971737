import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { run, runToEnd } from "../../base/run";
import { waitFor } from "../../base/wait";
import { stopControlPlane } from "../../bare-metal/control-plane";
import { bootServiceClient } from "../../lab/boot-service";
import { endLeftBehind } from "../../lab/left-behind";
import { machineFolder } from "../../lab/machine";
import type { Room } from "../../lab/room";
import { startVirtualRoom, stopVirtualRoom } from "../../lab/vm/start";
import { providerScratch } from "../../toolchain/pulumi-home";
import { linkKubernetesPlugin, PulumiProject } from "../fixtures/pulumi-project";

const ROOT = resolve(__dirname, "../..");
/** A machine that is emulated beside other work takes minutes. */
const BOOT_MS = 900_000;

/** Two machines of the room, one played and one that really boots, and the cluster that they join. */
const PROGRAM = `
const { openRoomFolder } = require("${ROOT}/lab/room");
const { MachineFleet } = require("${ROOT}/components/machine-fleet");
const { KubernetesCluster } = require("${ROOT}/components/kubernetes-cluster");
const room = openRoomFolder(process.env.LECTERN_ROOM_DIR);
const { boot, registry, apiServer } = room.inventory.services;
const service = { url: \`http://\${boot.address}:\${boot.port}\`, token: room.credentials.bootToken };
const passwords = Object.fromEntries(Object.entries(room.credentials.bmc).map(([name, { password }]) => [name, password]));
const fleet = new MachineFleet("machines", {
  machines: room.inventory.machines, passwords, boot: service, readyTimeout: ${BOOT_MS},
  waves: { changesAtOnce: "25%", bootsAtOnce: "100%", stopAfter: 3 },
  cluster: { kubeconfigFile: room.dir + "/kubernetes/admin.kubeconfig", drainTimeout: 60_000 },
});
new KubernetesCluster("kubernetes", {
  control: { mode: "embedded", stateDir: room.dir + "/kubernetes" },
  apiServer,
  podCidr: room.inventory.networks.pods,
  serviceCidr: room.inventory.networks.services,
  members: fleet.members,
  csiDrivers: [],
  workers: {
    machines: ["cpu-1"], boot: service, sandboxImage: process.env.SANDBOX_IMAGE,
    plainRegistries: [\`\${registry.address}:\${registry.port}\`],
  },
});
`;

describe("a machine, from power-off to a Ready node with a running pod", function () {
  this.timeout(BOOT_MS + 300_000);
  const root = mkdtempSync(join(tmpdir(), "lectern-machine-"));
  let room: Room;
  let project: PulumiProject;
  let image: string;

  const file = (name: string): string => join(machineFolder(room, "cpu-1"), name);
  const starts = (): number => Number(readFileSync(file("starts"), "utf8"));
  const record = () => {
    const mac = room.inventory.machines.find((m) => m.name === "cpu-1")?.mac ?? "";
    return bootServiceClient(room).get(mac);
  };
  const kubectl = async (...words: string[]): Promise<string> =>
    (await run(["kubectl", "--kubeconfig", join(room.dir, "kubernetes/admin.kubeconfig"), ...words])).stdout;
  const build = async (context: string): Promise<string> => {
    const { address, port } = room.inventory.services.registry;
    const repository = `${address}:${port}/lectern/${context.replace("/", "-")}`;
    return (
      await run(["sh", join(ROOT, "images/build.sh"), join(ROOT, "images", context), repository])
    ).stdout.trim();
  };

  before(async () => {
    const nodeImage = process.env["LECTERN_NODE_IMAGE"];
    assert.ok(nodeImage, "LECTERN_NODE_IMAGE is not set: run by npm test");
    room = await startVirtualRoom({ name: "machine", root, net: "100.79", image: nodeImage });
    process.env["LECTERN_ROOM_DIR"] = room.dir;
    process.env["SANDBOX_IMAGE"] = await build("pause");
    image = await build("course/base");
    const providers = [{ name: "metal", path: join(ROOT, "bare-metal/provider") }];
    project = new PulumiProject(PROGRAM, { plugins: { providers } });
    linkKubernetesPlugin(project);
    const made = await project.pulumi("stack", "init", "dev");
    assert.equal(made.status, 0, made.output);
  });

  after(async () => {
    if (room) {
      await stopControlPlane(join(room.dir, "kubernetes"), { removeData: false });
      await stopVirtualRoom(room);
    }
    if (project) {
      await endLeftBehind(join(project.dir, "home"));
      project.remove();
    }
    rmSync(root, { recursive: true, force: true });
  });

  it("goes on where a pulumi up that was killed had come to, without a second power-on", async () => {
    // Marks what the killed run leaves behind, so that it is found and ended.
    const scratch = providerScratch(join(project.dir, "home"));
    mkdirSync(scratch, { recursive: true });
    const env = { ...process.env, ...project.environment, TMPDIR: scratch };
    const argv = ["up", "--yes", "--skip-preview", "--stack", "dev", "--non-interactive"];
    const said = join(root, "up.log");
    const log = openSync(said, "w", 0o600);
    const up = spawn("pulumi", argv, {
      cwd: project.path(),
      env,
      stdio: ["ignore", log, log],
      detached: true,
    });
    const ended = new AbortController();
    up.once("exit", () => ended.abort(new Error(`pulumi up ended:\n${readFileSync(said, "utf8")}`)));
    try {
      await waitFor(
        "cpu-1 has asked for its boot script",
        async () => ((await record())?.bootedAt ? true : undefined),
        { timeout: BOOT_MS, interval: 250, signal: ended.signal },
      );
    } finally {
      if (!ended.signal.aborted) process.kill(-(up.pid as number), "SIGKILL");
      closeSync(log);
    }
    assert.equal(starts(), 1);
    await runToEnd(["pulumi", "cancel", "--yes", "--stack", "dev"], { cwd: project.path(), env });
    const again = await project.pulumi("up", "--yes", "--skip-preview", "--stack", "dev");
    assert.equal(again.status, 0, `${again.output}\n${lastOfConsole()}`);
    assert.equal(starts(), 1, "the machine was switched on once");
    const { state, claimedAt } = (await record()) ?? {};
    assert.equal(state, "ready");
    assert.ok(claimedAt, "it claimed its boot over TLS");
  });

  it("is a Ready node by its own kubelet, which kwok does not touch", async () => {
    const { items } = JSON.parse(await kubectl("get", "nodes", "-o", "json")) as { items: KubeNode[] };
    const [cpu, ctl] = ["cpu-1", "ctl-1"].map((name) => items.find((n) => n.metadata.name === name)) as [
      KubeNode,
      KubeNode,
    ];
    assert.equal(cpu.metadata.annotations["kwok.x-k8s.io/node"], undefined);
    assert.match(cpu.status.nodeInfo.containerRuntimeVersion, /^containerd:/);
    assert.match(cpu.status.nodeInfo.kubeletVersion, /^v1\.37\./);
    assert.equal(cpu.metadata.labels["lectern.dev/role"], "cpu");
    assert.equal(ctl.metadata.annotations["kwok.x-k8s.io/node"], "fake");
    for (const node of [cpu, ctl])
      assert.equal(
        node.status.conditions.find((c) => c.type === "Ready")?.status,
        "True",
        node.metadata.name,
      );
    const tokens = await kubectl(
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
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "hello" },
      spec: {
        nodeName: "cpu-1",
        restartPolicy: "Never",
        containers: [{ name: "main", image, command: ["sh", "-c", "echo hello from $(hostname); uname -r"] }],
      },
    };
    const manifest = join(root, "pod.yaml");
    writeFileSync(manifest, stringify(pod));
    // The controller manager makes the account that a pod runs as.
    await waitFor("the namespace's account", () => kubectl("get", "serviceaccount", "default"), {
      timeout: 60_000,
    });
    await kubectl("apply", "-f", manifest);
    await waitFor(
      "the pod has run",
      async () =>
        (await kubectl("get", "pod", "hello", "-o", "jsonpath={.status.phase}")) === "Succeeded"
          ? true
          : undefined,
      { timeout: BOOT_MS, interval: 1_000 },
    );
    assert.match(await kubectl("logs", "hello"), /^hello from hello\n6\.1\..*cloud-amd64\n$/);
  });

  it("keeps what was secret out of the boot script's network, the console and the logs", async () => {
    const { config, claim } = JSON.parse(
      readFileSync(join(room.dir, "boot/machines", "52-54-00-77-01-41.json"), "utf8"),
    ) as { config: { files: { path: string; content: string }[] }; claim: { token: string } };
    const bootstrap = config.files.find((f) => f.path.endsWith("bootstrap.kubeconfig"))?.content ?? "";
    const token = /token: (\S+)/.exec(bootstrap)?.[1] ?? "";
    assert.match(token, /^[a-z0-9]{6}\.[a-z0-9]{16}$/);
    for (const log of [
      file("console.log"),
      join(room.dir, "logs/boot-service.log"),
      join(room.dir, "logs/dnsmasq.log"),
    ])
      for (const secret of [token, claim.token])
        assert.ok(!readFileSync(log, "latin1").includes(secret), log);
  });

  it("changes nothing at a second pulumi up", async () => {
    const up = await project.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes", "--stack", "dev");
    assert.equal(up.status, 0, up.output);
  });

  it("goes down with pulumi destroy", async () => {
    const down = await project.pulumi("destroy", "--yes", "--skip-preview", "--stack", "dev");
    assert.equal(down.status, 0, down.output);
    const power = await runToEnd([
      "sh",
      join(ROOT, "lab/vm/chassis-control.sh"),
      machineFolder(room, "cpu-1"),
      "get",
      "power",
    ]);
    assert.equal(power.stdout.trim(), "power:0");
  });

  function lastOfConsole(): string {
    return readFileSync(file("console.log"), "latin1").slice(-2000);
  }
});

interface KubeNode {
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly status: {
    readonly nodeInfo: { readonly kubeletVersion: string; readonly containerRuntimeVersion: string };
    readonly conditions: readonly { readonly type: string; readonly status: string }[];
  };
}
