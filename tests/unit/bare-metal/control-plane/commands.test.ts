import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FaultsError } from "../../../../base/faults";
import {
  CONTROL_PLANE_PROCESSES,
  type ControlPlaneSpec,
  toolsFromPath,
} from "../../../../bare-metal/control-plane";
import { controlPlaneCommands, controlPlaneEnvironment } from "../../../../bare-metal/control-plane/commands";

const spec: ControlPlaneSpec = {
  dir: "/room/kubernetes",
  address: "127.80.9.1",
  port: 7443,
  podCidr: "10.244.0.0/16",
  serviceCidr: "10.96.0.0/16",
  tools: {
    etcd: "/t/etcd",
    kubeApiserver: "/t/kube-apiserver",
    kubeControllerManager: "/t/kube-controller-manager",
    kubeScheduler: "/t/kube-scheduler",
    kwok: "/t/kwok",
    kwokStages: ["/t/a.yaml", "/t/b.yaml"],
  },
};

describe("controlPlaneCommands", () => {
  const commands = controlPlaneCommands(spec);

  it("lets kwok near the nodes that say they are fake, and no others", () => {
    assert.ok(commands.kwok.includes("--manage-all-nodes=false"));
    assert.ok(commands.kwok.includes("--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake"));
    assert.deepEqual(commands.kwok.slice(-2), ["--config=/t/a.yaml", "--config=/t/b.yaml"]);
  });

  it("listens at its own address only", () => {
    const listening = /^--(bind-address|listen-\S+-urls|server-address|advertise-\S+)=/;
    const flags = Object.values(commands).flatMap((argv) => argv.filter((a) => listening.test(a)));
    assert.ok(flags.length >= 7);
    for (const flag of flags) assert.ok(flag.includes("127.80.9.1"), flag);
  });

  it("counts what a quota names soon after its kind was found", () => {
    assert.ok(commands["kube-controller-manager"].includes("--resource-quota-sync-period=10s"));
    assert.ok(commands["kube-controller-manager"].includes("--kube-api-qps=100"));
  });

  it("signs certificates for as long as was asked, and else as Kubernetes does", () => {
    const signing = (certificateSeconds?: number) =>
      controlPlaneCommands({ ...spec, certificateSeconds })["kube-controller-manager"].filter((flag) =>
        flag.startsWith("--cluster-signing-duration"),
      );
    assert.deepEqual(signing(), []);
    assert.deepEqual(signing(300), ["--cluster-signing-duration=300s"]);
  });

  it("asks every client of etcd and of the API server for a certificate or a token", () => {
    assert.ok(commands.etcd.includes("--client-cert-auth=true"));
    assert.ok(commands["kube-apiserver"].includes("--authorization-mode=Node,RBAC"));
  });
});

describe("toolsFromPath", () => {
  it("names everything that is missing at once", () => {
    const empty = mkdtempSync(join(tmpdir(), "lectern-tools-"));
    try {
      assert.throws(
        () => toolsFromPath({ PATH: empty }),
        (error: FaultsError) => {
          const missing = error.faults.map((f) => f.path).sort();
          const programs = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"];
          assert.deepEqual(missing, ["LECTERN_KWOK_STAGES", ...programs]);
          return true;
        },
      );
    } finally {
      rmSync(empty, { recursive: true });
    }
  });
});

describe("controlPlaneEnvironment", () => {
  it("lets the API server's heap grow fivefold, up to a quarter of the machine's memory", () => {
    const environment = controlPlaneEnvironment("kube-apiserver", 8 * 2 ** 30, {});
    assert.deepEqual(environment, { GOGC: "400", GOMEMLIMIT: String(2 ** 31) });
  });

  it("leaves to the operator what the starter's environment says", () => {
    const environment = controlPlaneEnvironment("kube-apiserver", 8 * 2 ** 30, { GOGC: "50" });
    assert.deepEqual(environment, { GOMEMLIMIT: String(2 ** 31) });
  });

  it("leaves the other processes as they are", () => {
    for (const name of CONTROL_PLANE_PROCESSES.filter((n) => n !== "kube-apiserver"))
      assert.deepEqual(controlPlaneEnvironment(name, 8 * 2 ** 30, {}), {});
  });
});
