import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServiceError } from "@grpc/grpc-js";
import { privateFolder, replaceFile } from "../../../../base/files";
import { ProcessFolder } from "../../../../base/processes";
import { waitFor } from "../../../../base/wait";
import type { BootServiceClient } from "../../../../bare-metal/boot/client";
import { bootServiceClient, startBootService } from "../../../../lab/boot-service";
import { startFirmware } from "../../../../lab/firmware";
import { installedHardware, machineFolder } from "../../../../lab/machine";
import { createRoom, type Room } from "../../../../lab/room";
import { ProviderProcess, secret, type Wire } from "../../../fixtures/provider-process";
import { selfSignedCertificate } from "../../../fixtures/redfish/certificate";
import {
  type FakeHardware,
  startSushyEmulator,
  type SushyEmulator,
} from "../../../fixtures/redfish/sushy-emulator";

const MACHINE = "metal:index:Machine";

describe("provider metal: a machine behind sushy-tools' emulator, the boot service and the lab's firmware", function () {
  this.timeout(300_000);
  const root = mkdtempSync(join(tmpdir(), "lectern-redfish-"));
  let room: Room;
  let bmc: SushyEmulator;
  let boot: BootServiceClient;
  let provider: ProviderProcess;
  let inputs: Wire;
  let outputs: Wire;
  /** How often the hardware was switched on. */
  let starts = 0;
  let power = "Off";

  const place = (change: Wire) => ({ ...inputs, bmc: { ...(inputs["bmc"] as Wire), ...change } });

  /** The lab's firmware starts what the emulator's hardware switches on, from the device that was set. */
  function switched({ power_state, boot_device }: FakeHardware): void {
    if (power_state === power) return;
    power = power_state;
    const folder = machineFolder(room, "gpu-1");
    if (power === "On") {
      starts += 1;
      replaceFile(join(folder, "start"), `${starts} ${boot_device === "Pxe" ? "pxe" : "default"}\n`);
    }
    replaceFile(join(folder, "power"), `${power.toLowerCase()}\n`);
  }

  before(async () => {
    room = await createRoom("redfish", root, { net: "127.85" });
    for (const { name } of room.inventory.machines) privateFolder(machineFolder(room, name));
    const machine = room.inventory.machines.find((m) => m.name === "gpu-1");
    assert.ok(machine);
    await startBootService(room);
    await startFirmware(room);
    bmc = await startSushyEmulator(machine.bmc.address, switched);
    boot = bootServiceClient(room);
    provider = await ProviderProcess.start();
    const { address, port } = room.inventory.services.boot;
    inputs = {
      name: machine.name,
      role: machine.role,
      mac: machine.mac,
      address: machine.address,
      bmc: {
        protocol: "redfish",
        address: bmc.host,
        user: bmc.user,
        password: secret(bmc.password),
        certificate: bmc.certificate.fingerprint,
      },
      boot: { url: `http://${address}:${port}`, token: secret(room.credentials.bootToken) },
      expected: installedHardware(room, machine),
      readyTimeoutSeconds: 60,
      shutdownGraceSeconds: 30,
    };
  });

  after(async () => {
    await provider?.stop();
    await bmc?.stop();
    if (room) await new ProcessFolder(join(room.dir, "run")).stopAll();
    rmSync(root, { recursive: true, force: true });
  });

  it("checks what it is told of a BMC", async () => {
    const { inputs: checked, failures } = await provider.check(MACHINE, inputs);
    assert.deepEqual(failures, []);
    assert.equal((checked["bmc"] as Wire)["port"], 443);
    const wrong = await provider.check(MACHINE, place({ certificate: "aa:bb", cipherSuite: 3 }));
    assert.match(
      wrong.failures.join("\n"),
      /bmc\.certificate = "aa:bb"[^]*bmc\.cipherSuite = 3\n.*unknown key/,
    );
    const other = await provider.check(MACHINE, place({ protocol: "snmp" }));
    assert.match(other.failures.join("\n"), /bmc\.protocol = "snmp"/);
    inputs = checked;
  });

  it("refuses a strange certificate, a wrong password and another server, and touches nothing", async () => {
    const { fingerprint } = await selfSignedCertificate(bmc.host);
    for (const [change, pattern] of [
      [{ certificate: fingerprint }, /not the pinned one/],
      [{ password: secret("wrong-password") }, /password/],
      [{ systemGuid: "f".repeat(32) }, /another server/],
    ] as const) {
      const error = (await provider.create(MACHINE, place(change)).catch((e: unknown) => e)) as ServiceError;
      for (const part of [/gpu-1/, new RegExp(bmc.host), pattern]) assert.match(error.details, part);
      assert.ok(!error.details.includes("wrong-password"));
    }
    assert.equal(starts, 0);
    assert.equal(await boot.get(String(inputs["mac"])), undefined);
  });

  it("creates: boots it once over the network, waits for its report, and gives its hardware", async () => {
    const created = await provider.create(MACHINE, inputs);
    outputs = created.outputs;
    assert.equal(outputs["state"], "ready");
    assert.equal(outputs["powerActions"], 1);
    assert.deepEqual(outputs["hardware"], inputs["expected"]);
    assert.equal(outputs["systemGuid"], bmc.uuid.replaceAll("-", ""));
    assert.equal(outputs["firmware"], "1.00");
    assert.equal(starts, 1);
    assert.equal(await bmc.sushy("system.power_state.value"), "On");
    assert.deepEqual((outputs["bmc"] as Wire)["password"], secret(bmc.password), "still a secret");
  });

  it("adopts it, also by the system GUID in the byte order that IPMI may have told", async () => {
    const reversed = (bmc.uuid.replaceAll("-", "").match(/../g) ?? []).reverse().join("");
    const again = await provider.create(MACHINE, place({ systemGuid: reversed }));
    assert.equal(again.outputs["powerActions"], 0);
    const found = await provider.read(MACHINE, "gpu-1", inputs, outputs);
    assert.deepEqual(found, { id: "gpu-1", inputs, outputs });
    assert.deepEqual(await provider.diff(MACHINE, found.inputs, found.outputs, inputs), []);
    assert.equal(starts, 1);
  });

  it("sees that somebody switched it off, and boots it anew", async () => {
    await bmc.sushy("system.reset_system(sushy.ResetType.FORCE_OFF)");
    await waitFor(
      "the emulator switches off",
      async () => ((await bmc.sushy("system.power_state.value")) === "Off" ? true : undefined),
      { timeout: 20_000 },
    );
    const found = await provider.read(MACHINE, "gpu-1", inputs, outputs);
    assert.equal(found.outputs["state"], "off");
    assert.deepEqual(await provider.diff(MACHINE, found.inputs, found.outputs, inputs), ["power:UPDATE"]);
    outputs = await provider.update(MACHINE, "gpu-1", found.outputs, inputs);
    assert.equal(outputs["state"], "ready");
    assert.equal(outputs["powerActions"], 2);
    assert.equal(starts, 2);
  });

  it("deletes: shuts it down and forgets it", async () => {
    await provider.delete(MACHINE, "gpu-1", outputs);
    assert.equal(await bmc.sushy("system.power_state.value"), "Off");
    assert.equal(await boot.get(String(inputs["mac"])), undefined);
    await provider.delete(MACHINE, "gpu-1", outputs);
    assert.equal(starts, 2);
  });
});
