import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ServiceError, status } from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { ProcessFolder } from "../../../../base/processes";
import { run } from "../../../../base/run";
import { waitFor } from "../../../../base/wait";
import type { BootServiceClient } from "../../../../bare-metal/boot/client";
import { startBmcs } from "../../../../lab/bmc";
import { bootServiceClient, startBootService } from "../../../../lab/boot-service";
import { startFirmware } from "../../../../lab/firmware";
import { installedHardware, machineFolder } from "../../../../lab/machine";
import { createRoom, type Room } from "../../../../lab/room";
import { ProviderProcess, recorded, secret, UNKNOWN, type Wire } from "../../../fixtures/provider-process";

const MACHINE = "metal:index:Machine";

describe("provider metal: a machine behind ipmi_sim, the boot service and the lab's firmware", function () {
  this.timeout(120_000);
  const root = mkdtempSync(join(tmpdir(), "lectern-provider-"));
  let room: Room;
  let boot: BootServiceClient;
  let provider: ProviderProcess;
  let inputs: Wire;

  const file = (name: string) => join(machineFolder(room, "gpu-1"), name);
  const power = () => readFileSync(file("power"), "utf8").trim();
  /** Identifies the last power-on: a second one would change it. */
  const lastStart = () => (existsSync(file("start")) ? readFileSync(file("start"), "utf8") : undefined);
  const bmc = (change: Wire) => ({ ...(inputs["bmc"] as Wire), ...change });
  const record = () => boot.get(String(inputs["mac"]));

  before(async () => {
    process.env["LECTERN_LAB_BOOT_SECONDS"] = "2";
    room = await createRoom("provider", root, { net: "127.84" });
    await Promise.all([startBmcs(room), startBootService(room)]);
    await startFirmware(room);
    boot = bootServiceClient(room);
    provider = await ProviderProcess.start();
    const machine = room.inventory.machines.find((m) => m.name === "gpu-1");
    assert.ok(machine);
    const { address, port } = room.inventory.services.boot;
    inputs = {
      name: machine.name,
      role: machine.role,
      mac: machine.mac,
      address: machine.address,
      bmc: { ...machine.bmc, password: secret(room.credentials.bmc["gpu-1"]?.password) },
      boot: { url: `http://${address}:${port}`, token: secret(room.credentials.bootToken) },
      expected: installedHardware(room, machine),
      readyTimeoutSeconds: 60,
      shutdownGraceSeconds: 20,
    };
  });

  after(async () => {
    delete process.env["LECTERN_LAB_BOOT_SECONDS"];
    await provider?.stop();
    if (room) await new ProcessFolder(join(room.dir, "run")).stopAll();
    rmSync(root, { recursive: true, force: true });
  });

  it("checks inputs, fills in defaults and keeps secrets", async () => {
    const { inputs: checked, failures } = await provider.check(MACHINE, inputs);
    assert.deepEqual(failures, []);
    assert.equal(checked["power"], "on");
    assert.deepEqual((checked["bmc"] as Wire)["password"], (inputs["bmc"] as Wire)["password"]);
    const wrong = await provider.check(MACHINE, { ...inputs, mac: "x", bmc: bmc({ port: 0 }) });
    assert.equal(wrong.failures.length, 2);
    assert.match(wrong.failures.join("\n"), /mac = "x"\n {4}wrong: [^]*fix: [^]*bmc\.port = 0/);
    inputs = checked;
  });

  it("previews a create with what is unknown, secrets included", async () => {
    const { id, outputs } = await provider.create(
      MACHINE,
      { ...inputs, boot: { url: UNKNOWN, token: secret(UNKNOWN) } },
      { preview: true },
    );
    assert.equal(id, "");
    assert.deepEqual(outputs["boot"], { url: UNKNOWN, token: secret(UNKNOWN) });
    assert.equal(outputs["hardware"], UNKNOWN);
    assert.equal(lastStart(), undefined, "a preview touches nothing");
  });

  /** That a create is refused with an error that names the machine, the BMC, and what is asked for. */
  async function refused(change: Wire, ...patterns: RegExp[]): Promise<void> {
    const attempt = provider.create(MACHINE, { ...inputs, bmc: bmc(change) });
    const error = (await attempt.catch((e: unknown) => e)) as ServiceError;
    assert.equal(error.code, status.FAILED_PRECONDITION);
    for (const pattern of [/gpu-1/, /127\.84\./, ...patterns]) assert.match(error.details, pattern);
    assert.ok(!error.details.includes("wrong-password"));
  }

  it("refuses a wrong password and another server's BMC, and touches nothing", async () => {
    await refused({ password: secret("wrong-password") }, /password/);
    await refused({ systemGuid: "f".repeat(32) }, /f{32}/, /another server/, /bmc\.address/);
    assert.equal(lastStart(), undefined);
    assert.equal(await record(), undefined);
  });

  let outputs: Wire;

  it("creates: boots it once, waits for its report, and gives its hardware", async () => {
    const created = await provider.create(MACHINE, inputs);
    outputs = created.outputs;
    assert.equal(created.id, "gpu-1");
    assert.equal(outputs["state"], "ready");
    assert.equal(outputs["powerActions"], 1);
    assert.deepEqual(outputs["hardware"], inputs["expected"]);
    assert.equal(outputs["systemGuid"], (inputs["bmc"] as Wire)["systemGuid"]);
    assert.match(String(outputs["firmware"]), /^\d+\.\d\d$/);
    assert.deepEqual(
      (outputs["bmc"] as Wire)["password"],
      (inputs["bmc"] as Wire)["password"],
      "still a secret",
    );
    assert.ok(lastStart()?.includes(" pxe"), "booted from the network");
    assert.ok(provider.logged.some((l) => l.ephemeral && /gpu-1: powered on, waiting/.test(l.message)));
    assert.ok(!JSON.stringify(provider.logged).includes(room.credentials.bootToken));
  });

  it("adopts it when it is created again", async () => {
    const start = lastStart();
    const again = await provider.create(MACHINE, inputs);
    assert.equal(again.outputs["powerActions"], 0);
    assert.equal(lastStart(), start);
  });

  it("reads it unchanged, and finds no difference", async () => {
    const found = await provider.read(MACHINE, "gpu-1", inputs, outputs);
    assert.deepEqual(found, { id: "gpu-1", inputs, outputs });
    assert.deepEqual(await provider.diff(MACHINE, found.inputs, found.outputs, inputs), []);
  });

  it("says what to do when the BMC's password was changed behind our back, and takes the new one", async () => {
    const { bmc: at } = room.inventory.machines.find((m) => m.name === "gpu-1")!;
    const before = room.credentials.bmc["gpu-1"]!.password;
    const set = async (login: string, next: string): Promise<void> => {
      const where = ["-I", "lanplus", "-C", "3", "-H", at.address, "-U", at.user, "-E"];
      const env = { ...process.env, IPMI_PASSWORD: login };
      await run(["ipmitool", ...where, "user", "set", "password", "2", next, "16"], { env });
    };
    await set(before, "changed-by-hand");
    const start = lastStart();
    const change = { ...inputs, readyTimeoutSeconds: 62 };
    const error = await provider.update(MACHINE, "gpu-1", outputs, change).catch((e: unknown) => e);
    assert.match(
      String(error),
      /gpu-1: [^]*127\.84\.[^]*password[^]*if it was changed at the BMC, write the one that it has into the credentials/,
    );
    assert.ok(!String(error).includes(before));
    const taken = { ...inputs, bmc: bmc({ password: secret("changed-by-hand") }) };
    const updated = await provider.update(MACHINE, "gpu-1", outputs, taken);
    assert.deepEqual([updated["state"], lastStart()], ["ready", start], "and the machine was left alone");
    await set("changed-by-hand", before);
  });

  it("takes a new password and token silently", async () => {
    const start = lastStart();
    const preview = await provider.update(
      MACHINE,
      "gpu-1",
      outputs,
      { ...inputs, readyTimeoutSeconds: 61 },
      { preview: true },
    );
    assert.equal(preview["state"], "ready", "the preview foresees no boot");
    const updated = await provider.update(MACHINE, "gpu-1", outputs, { ...inputs, readyTimeoutSeconds: 61 });
    assert.equal(updated["powerActions"], 1);
    assert.equal(lastStart(), start);
  });

  it("keeps what is recorded, with a warning, when the BMC does not answer, and creates nothing behind it", async () => {
    const away = { ...inputs, bmc: bmc({ address: "127.84.9.9" }) };
    const [found] = await Promise.all([
      provider.read(MACHINE, "gpu-1", away, outputs),
      refused({ address: "127.84.9.9" }, /127\.84\.9\.9/),
    ]);
    assert.equal(found.id, "gpu-1");
    assert.deepEqual(found.outputs, outputs);
    await waitFor(
      "the warning",
      () => provider.logged.find((l) => !l.ephemeral && /not refreshed.*127\.84\.9\.9/.test(l.message)),
      {
        timeout: 5_000,
      },
    );
  });

  it("sees that somebody switched it off, and boots it anew", async () => {
    writeFileSync(file("power"), "off\n");
    const found = await provider.read(MACHINE, "gpu-1", inputs, outputs);
    assert.equal(found.outputs["power"], "off");
    assert.equal(found.outputs["state"], "off");
    assert.deepEqual(await provider.diff(MACHINE, found.inputs, found.outputs, inputs), ["power:UPDATE"]);
    const start = lastStart();
    outputs = await provider.update(MACHINE, "gpu-1", found.outputs, inputs);
    assert.equal(outputs["state"], "ready");
    assert.equal(outputs["powerActions"], 2);
    assert.notEqual(lastStart(), start);
  });

  it("goes on after a kill in the middle of a boot, without a second power-on", async () => {
    writeFileSync(file("power"), "off\n");
    const start = lastStart();
    const lost = provider.update(MACHINE, "gpu-1", outputs, inputs).catch((e: unknown) => e);
    await waitFor("its power-on", () => (lastStart() === start ? undefined : true), {
      timeout: 20_000,
      interval: 10,
    });
    await provider.kill();
    assert.ok((await lost) instanceof Error);
    const second = lastStart();
    provider = await ProviderProcess.start();
    outputs = await provider.update(MACHINE, "gpu-1", outputs, inputs);
    assert.equal(outputs["state"], "ready");
    assert.equal(lastStart(), second);
  });

  it("switches it on no more after three times in half an hour, until a person resets it", async () => {
    writeFileSync(file("power"), "off\n");
    const start = lastStart();
    const broken = /switched on 3 times within 30 minutes.*lectern machines reset/;
    const first = recorded(await provider.update(MACHINE, "gpu-1", outputs, inputs).catch((e: unknown) => e));
    assert.match(first.reasons.join(), broken);
    // Nothing is done any more, so there is nothing to record.
    await assert.rejects(provider.update(MACHINE, "gpu-1", outputs, inputs), broken);
    assert.equal(lastStart(), start);
    assert.equal((await record())?.failure?.latched, true);
    await boot.journal(String(inputs["mac"]), { state: "unknown", reset: true });
    outputs = await provider.update(MACHINE, "gpu-1", outputs, inputs);
    assert.equal(outputs["state"], "ready");
  });

  it("records a boot that ends with other hardware, names each difference, and checks again next time", async () => {
    const expected = inputs["expected"] as { gpus: object[] };
    writeFileSync(file("hardware.json"), JSON.stringify({ ...expected, gpus: expected.gpus.slice(1) }));
    writeFileSync(file("power"), "off\n");
    const error = await provider.update(MACHINE, "gpu-1", outputs, inputs).catch((e: unknown) => e);
    const state = recorded(error);
    assert.equal(state.id, "gpu-1");
    assert.match(state.reasons.join(), /gpu-1\.gpus: reported 7 GPUs, expected 8 GPUs/);
    assert.deepEqual(
      (state.outputs["boot"] as Wire)["token"],
      (inputs["boot"] as Wire)["token"],
      "still a secret",
    );
    assert.ok((await provider.diff(MACHINE, inputs, state.outputs, inputs)).includes("hardware:UPDATE"));
    rmSync(file("hardware.json"));
    writeFileSync(file("power"), "off\n");
    outputs = await provider.update(MACHINE, "gpu-1", state.outputs, inputs);
    assert.equal(outputs["state"], "ready");
  });

  it("stops waiting when the operator cancels, and records what was done", async () => {
    await boot.journal(String(inputs["mac"]), { reset: true });
    writeFileSync(file("power"), "off\n");
    const start = lastStart();
    const lost = provider.update(MACHINE, "gpu-1", outputs, inputs).catch((e: unknown) => e);
    await waitFor("its power-on", () => (lastStart() === start ? undefined : true), {
      timeout: 20_000,
      interval: 10,
    });
    await provider.call("cancel", new Empty());
    const state = recorded(await lost);
    assert.match(state.reasons.join(), /gpu-1: stopped while booting: cancelled by the operator/);
    await provider.stop();
    provider = await ProviderProcess.start();
    const second = lastStart();
    outputs = await provider.update(MACHINE, "gpu-1", state.outputs, inputs);
    assert.equal(outputs["state"], "ready");
    assert.equal(lastStart(), second);
  });

  it("deletes: shuts it down once and forgets it", async () => {
    await provider.delete(MACHINE, "gpu-1", outputs);
    assert.equal(power(), "off");
    assert.equal(await record(), undefined);
    await provider.delete(MACHINE, "gpu-1", outputs);
  });

  it("writes nothing to stdout but its port", () => assert.equal(provider.stdout, ""));
});
