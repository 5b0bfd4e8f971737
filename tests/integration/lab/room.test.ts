import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ProcessFolder } from "../../../base/processes";
import { waitFor } from "../../../base/wait";
import type { MachineRecord } from "../../../bare-metal/boot/record";
import { startBmcs } from "../../../lab/bmc";
import { bootServiceClient, startBootService } from "../../../lab/boot-service";
import { fabricEnvironment, startFabric } from "../../../lab/fabric";
import { startFirmware } from "../../../lab/firmware";
import { readProgress } from "../../../lab/firmware-machine";
import { installedHardware, machineFolder } from "../../../lab/machine";
import { startRegistry } from "../../../lab/registry";
import { createRoom, openRoom, type Room } from "../../../lab/room";
import { stopRoom } from "../../../lab/start";

const run = promisify(execFile);

async function startWithoutCeph(room: Room): Promise<void> {
  await Promise.all(
    [startBmcs, startBootService, startFirmware, startFabric, startRegistry].map((part) => part(room)),
  );
}

describe("virtual machine room", function () {
  this.timeout(120_000);
  let root: string;
  let room: Room;
  let other: Room;

  before(async () => {
    root = mkdtempSync(join(tmpdir(), "lectern-room-"));
    [room, other] = await Promise.all([
      createRoom("one", root, { net: "127.181" }),
      createRoom("two", root, { net: "127.182" }),
    ]);
    await Promise.all([startWithoutCeph(room), startWithoutCeph(other)]);
  });

  after(async () => {
    await Promise.all([room, other].map((r) => r && stopRoom(r)));
    rmSync(root, { recursive: true, force: true });
  });

  const machine = (name = "gpu-1") => room.inventory.machines.find((m) => m.name === name)!;
  const ipmi = async (...command: string[]): Promise<string> => {
    const { bmc, name } = machine();
    const login = ["-H", bmc.address, "-U", bmc.user, "-f", join(machineFolder(room, name), "password")];
    return (await run("ipmitool", ["-I", "lanplus", "-C", "3", ...login, ...command])).stdout;
  };
  const reaches = (state: string): Promise<MachineRecord> =>
    waitFor(
      `gpu-1 is ${state}`,
      async () => {
        const record = await bootServiceClient(room).get(machine().mac);
        return record?.state === state ? record : undefined;
      },
      { timeout: 30_000 },
    );
  const firmwareReaches = (phase: string, not?: string) =>
    waitFor(
      `firmware of gpu-1: ${phase}`,
      () => {
        const at = readProgress(machineFolder(room, "gpu-1"));
        return at?.phase === phase && at.start !== not ? at : undefined;
      },
      { timeout: 30_000 },
    );
  const expectBoot = async (): Promise<void> => {
    const { mac, name, role, address } = machine();
    await bootServiceClient(room).register(mac, { name, role, address });
    await bootServiceClient(room).expectBoot(mac);
  };
  const kill = async (name: string): Promise<void> => {
    const processes = new ProcessFolder(join(room.dir, "run"));
    process.kill(processes.find(name)!.pid, "SIGKILL");
    await waitFor(`${name} is gone`, () => (processes.find(name) ? undefined : true), {
      timeout: 5_000,
      interval: 5,
    });
  };

  it("keeps its secrets for the owner alone, and every value when it is made again", async () => {
    assert.equal(statSync(room.dir).mode & 0o777, 0o700);
    assert.equal(statSync(join(room.dir, "credentials.json")).mode & 0o777, 0o600);
    assert.equal(statSync(join(machineFolder(room, "gpu-1"), "lan.conf")).mode & 0o777, 0o600);
    const again = await createRoom("one", root, { net: "127.183" });
    assert.deepEqual(again, openRoom("one", root));
    assert.deepEqual([again.net, again.credentials], [room.net, room.credentials]);
    assert.notDeepEqual(other.credentials, room.credentials);
  });

  it("has no password and no token in any process's arguments", () => {
    const secrets = [
      room.credentials.bootToken,
      ...Object.values(room.credentials.bmc).map((c) => c.password),
    ];
    const processes = new ProcessFolder(join(room.dir, "run"));
    for (const name of processes.names()) {
      const argv = readFileSync(`/proc/${processes.find(name)!.pid}/cmdline`, "utf8");
      for (const secret of secrets) assert.ok(!argv.includes(secret), name);
    }
  });

  it("boots a machine over the network from power on to its hardware, and switches it off", async () => {
    await expectBoot();
    await ipmi("chassis", "bootdev", "pxe");
    await ipmi("power", "on");
    const ready = await reaches("ready");
    assert.deepEqual(ready.hardware, installedHardware(room, machine()));
    assert.equal(ready.hardware?.gpus.length, 8);
    assert.deepEqual(
      ready.history.slice(-3).map((h) => h.state),
      ["booting", "installing", "ready"],
    );
    assert.match(await ipmi("power", "status"), /is on/);
    await ipmi("power", "off");
    assert.match(await ipmi("power", "status"), /is off/);
  });

  it("boots from disk what was installed, without a new boot being expected", async () => {
    const { start } = await firmwareReaches("ready");
    const before = (await reaches("ready")).readyAt!;
    await ipmi("power", "on");
    await firmwareReaches("ready", start);
    assert.ok((await reaches("ready")).readyAt! > before);
    await ipmi("power", "off");
  });

  it("finishes a boot after its firmware was killed in the midst of it", async () => {
    await expectBoot();
    // The boot service is away, so the boot cannot end before the firmware does.
    await kill("boot-service");
    await ipmi("chassis", "bootdev", "pxe");
    await ipmi("power", "on");
    await firmwareReaches("booting");
    await kill("firmware");
    await Promise.all([startFirmware(room), startBootService(room)]);
    await reaches("ready");
    await ipmi("power", "off");
  });

  it("refuses an image that is not what the script names, and says so", async () => {
    const images = join(room.dir, "boot", "images");
    const { root: sha256 } = JSON.parse(readFileSync(join(images, "images.json"), "utf8")) as {
      root: string;
    };
    const right = readFileSync(join(images, sha256));
    writeFileSync(join(images, sha256), Buffer.from(right).fill(0, 0, 1));
    try {
      await expectBoot();
      await ipmi("chassis", "bootdev", "pxe");
      await ipmi("power", "on");
      assert.match((await reaches("failed")).error ?? "", /SHA-256 is/);
    } finally {
      writeFileSync(join(images, sha256), right);
      await ipmi("power", "off");
    }
  });

  it("stands still where no boot is expected and the disk is empty", async () => {
    const { mac } = machine();
    rmSync(join(machineFolder(room, "gpu-1"), "disk.json"));
    await bootServiceClient(room).remove(mac);
    await ipmi("power", "on");
    assert.match((await firmwareReaches("halted")).note, /no boot device/);
    const found = await bootServiceClient(room).discovered();
    assert.deepEqual(
      found.map((m) => [m.mac, m.hardware.gpus.length]),
      [[mac, 8]],
    );
    await ipmi("power", "off");
  });

  it("shows each host its own port in its own room's fabric, also after OpenSM and ibsim were killed", async () => {
    const guidSeen = async (r: Room, host: string): Promise<string> => {
      const { command, env } = fabricEnvironment(r, host);
      const [program = "", ...args] = [...command, "ibstat"];
      const { stdout } = await run(program, args, { env: { ...process.env, ...env } });
      assert.match(stdout, /State: Active/);
      return /Port GUID: (0x[0-9a-f]+)/.exec(stdout)?.[1] ?? "";
    };
    const guid = (name: string): string => machine(name).hardware.hcas[0]!.portGuid;
    assert.equal(await guidSeen(room, "gpu-3"), guid("gpu-3"));
    assert.equal(await guidSeen(other, "storage-1"), guid("storage-1"));
    for (const killed of ["opensm", "ibsim"]) {
      await kill(killed);
      await startFabric(room);
      assert.equal(await guidSeen(room, "gpu-3"), guid("gpu-3"), `after ${killed} was killed`);
    }
  });

  it("stops everything it started, and nothing of the other room", async () => {
    const processes = new ProcessFolder(join(room.dir, "run"));
    const records = processes.names().map((name) => processes.find(name)!);
    const alive = (): string[] =>
      readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && mentions(pid, room.dir));
    for (const { name, pid } of records) assert.ok(alive().includes(String(pid)), name);
    await stopRoom(room);
    assert.deepEqual(alive(), []);
    assert.deepEqual(
      readdirSync(join(room.dir, "fabric")).filter((name) => name.startsWith("sys-")),
      [],
    );
    assert.ok((await bootServiceClient(other).list()).length === 0, "the other room answers");
  });
});

/** Whether a living process has the folder in its arguments or its environment, or works in it. */
function mentions(pid: string, dir: string): boolean {
  try {
    const [argv, environment] = ["cmdline", "environ"].map((file) =>
      readFileSync(`/proc/${pid}/${file}`, "utf8"),
    );
    return [argv, environment, readlinkSync(`/proc/${pid}/cwd`)].some((text) =>
      `${text}/`.includes(`${dir}/`),
    );
  } catch {
    return false;
  }
}
