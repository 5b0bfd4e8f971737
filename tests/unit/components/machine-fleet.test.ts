import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { MachineFleet } from "../../../components/machine-fleet";
import { type Answers, declare, read } from "../../fixtures/pulumi-mocks";
import { roomInventory } from "../../fixtures/room";

const { machines } = roomInventory();
const passwords = Object.fromEntries(machines.map((m) => [m.name, `bmc-password-of-${m.name}`]));
const fleet = (answers: Answers = {}) =>
  declare(
    () =>
      new MachineFleet("machines", {
        machines,
        passwords,
        boot: { url: "http://127.80.0.1:8080", token: "boot-token" },
        readyTimeout: 90_500,
        images: { gpu: { root: "a".repeat(64) } },
        waves: {
          changesAtOnce: "25%",
          bootsAtOnce: "100%",
          stopAfter: 3,
          roles: { gpu: { changesAtOnce: 2 } },
        },
        cluster: { kubeconfigFile: "/room/admin.kubeconfig", drainTimeout: 600_000, joinTimeout: 300_000 },
      }),
    { answers },
  );

describe("MachineFleet", () => {
  it("declares each machine of the inventory below itself, under its own name", async () => {
    const declared = await fleet();
    const children = declared.childrenOf(declared.one("lectern:index:MachineFleet", "machines"));
    assert.deepEqual(
      children.map((c) => `${c.type} ${c.name}`).sort(),
      machines.map((m) => `metal:index:Machine ${m.name}`).sort(),
    );
    const { inputs, timeouts } = declared.one("metal:index:Machine", "gpu-3");
    assert.equal(inputs["mac"], "52:54:00:71:00:13");
    assert.equal(inputs["role"], "gpu");
    assert.equal(inputs["readyTimeoutSeconds"], 91, "rounded up, never cut short");
    assert.deepEqual((inputs["expected"] as { gpus: unknown[] }).gpus.length, 8);
    assert.deepEqual(timeouts, { create: "24h", update: "24h", delete: "24h" });
    assert.deepEqual(inputs["cluster"], {
      kubeconfigFile: "/room/admin.kubeconfig",
      drainTimeoutSeconds: 600,
      joinTimeoutSeconds: 300,
    });
    assert.deepEqual(inputs["image"], { root: "a".repeat(64) });
    const gpus = machines.filter((m) => m.role === "gpu").length;
    const wave = { group: "gpu", changesAtOnce: 2, bootsAtOnce: gpus, stopAfter: 3 };
    assert.deepEqual(inputs["wave"], wave);
    assert.equal(declared.one("metal:index:Machine", "ctl-1").inputs["image"], undefined);
  });

  it("gives each BMC its own password, and hides passwords and the boot token even when they come as plain text", async () => {
    const declared = await fleet();
    for (const { name } of machines) {
      const machine = declared.one("metal:index:Machine", name);
      assert.deepEqual(machine.secrets, ["bmc.password", "boot.token"], name);
      assert.equal((machine.inputs["bmc"] as { password: string }).password, passwords[name]);
      assert.doesNotMatch(JSON.stringify(machine.open), /bmc-password|boot-token/, name);
    }
  });

  it("hands on what each BMC speaks", async () => {
    const declared = await fleet();
    assert.deepEqual(declared.one("metal:index:Machine", "gpu-1").inputs["bmc"], {
      ...machines.find((m) => m.name === "gpu-1")?.bmc,
      password: passwords["gpu-1"],
    });
  });

  it("hands on what each machine reported, not what was expected of it", async () => {
    const reported = { cpus: 3, memoryBytes: 4096, gpus: [], hcas: [] };
    const { value } = await fleet({ "metal:index:Machine": () => ({ hardware: reported, state: "ready" }) });
    assert.deepEqual(
      value.members.map((m) => m.machine.name),
      machines.map((m) => m.name),
    );
    const { value: hardware, secret } = await read(pulumi.output(value.members[0]!.hardware));
    assert.deepEqual(hardware, reported);
    assert.equal(secret, false);
  });
});
