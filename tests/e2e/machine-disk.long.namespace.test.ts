import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootServiceOf, foresee, type Goal, machineBackend, runLifecycle } from "../../bare-metal/lifecycle";
import { planLayout } from "../../bare-metal/install";
import { readEnvironment } from "../../bare-metal/install/environment";
import { Esp } from "../../bare-metal/install/esp";
import type { InventoryMachine } from "../../bare-metal/inventory/inventory";
import { ProcessFolder } from "../../base/processes";
import { run } from "../../base/run";
import { waitFor } from "../../base/wait";
import { publicKeyOf, signImage } from "../../images/node/manifest";
import { publishImage } from "../../images/node/publish";
import { BOOT_SERVICE_PROCESS, bootServiceClient } from "../../lab/boot-service";
import { imagesFolder } from "../../lab/images";
import { machineFolder } from "../../lab/machine";
import type { Room } from "../../lab/room";
import { plugDisk } from "../../lab/vm/disks";
import { writeVirtualMachines } from "../../lab/vm/machines";
import { startVirtualRoom, stopVirtualRoom } from "../../lab/vm/start";
import { withFile } from "../fixtures/node-image";

/** A machine that is emulated beside other work takes minutes. */
const BOOT_MS = 900_000;
const SIZE = 16 * 2 ** 30;
const [SYSTEM, DATA] = ["virtio-A-SYSTEM", "virtio-B-DATA"];

describe("a machine that is installed to its disk", function () {
  this.timeout(BOOT_MS + 60_000);
  const root = mkdtempSync(join(tmpdir(), "lectern-machine-disk-"));
  let room: Room;
  let machine: InventoryMachine;
  let systemDisk: string;
  let dataDisk: string;
  let dataBefore: string;
  let nextBytes = 0;
  let images: { readonly own: string; readonly next: string };

  before(async () => {
    const nodeImage = process.env["LECTERN_NODE_IMAGE"];
    assert.ok(nodeImage, "LECTERN_NODE_IMAGE is not set: run by npm test");
    room = await startVirtualRoom({ name: "machine-disk", root, net: "100.80", image: nodeImage });
    machine = room.inventory.machines.find((m) => m.name === "cpu-1") as InventoryMachine;
    systemDisk = plugDisk(room, "cpu-1", "A-SYSTEM", SIZE);
    dataDisk = plugDisk(room, "cpu-1", "B-DATA", 64 * 2 ** 20);
    const files = join(root, "files");
    mkdirSync(files);
    writeFileSync(join(files, "thesis.tex"), "a year of work\n".repeat(1000));
    await run(["mkfs.ext4", "-q", "-F", "-d", files, dataDisk]);
    dataBefore = await digest(dataDisk);
    writeVirtualMachines(room);
    images = { own: (await client().images()).own, next: await publishBroken(nodeImage) };
  });

  after(async () => {
    if (room) await stopVirtualRoom(room);
    rmSync(root, { recursive: true, force: true });
  });

  it("is not installed to a disk that holds data, and says what is on it", async () => {
    await assert.rejects(
      live(DATA, { image: { root: images.own } }),
      /virtio-B-DATA[^]*holds ext4 at 1080[^]*erase: true/,
    );
    const { inspected = [], own } = (await record()) ?? {};
    assert.deepEqual(
      inspected.map(({ byId, size, serial, holds }) => [byId, size, serial, holds]),
      [
        [SYSTEM, SIZE, "A-SYSTEM", ""],
        [DATA, 64 * 2 ** 20, "B-DATA", "ext4 at 1080"],
      ],
    );
    assert.equal(own, undefined, "nothing was about to be written");
    assert.equal(await digest(dataDisk), dataBefore);
    const goal: Goal = { become: "ready", timeout: BOOT_MS, grace: 1000, disk: DATA };
    assert.match(
      foresee(goal, await record(), true, [{ byId: DATA }]),
      /it will be refused: virtio-B-DATA holds ext4/,
    );
  });

  it("is installed to an empty one, and comes up from it", async () => {
    const outcome = await live(SYSTEM, { image: { root: images.own } });
    assert.equal(outcome.state, "ready");
    const { history = [], installed, root: runs } = (await record()) ?? {};
    const states = history.map(({ state }) => state);
    assert.deepEqual(states.slice(-4), ["booting", "installing", "booting", "ready"]);
    assert.equal(installed?.byId, SYSTEM);
    assert.equal(runs, images.own);
    assert.match(console_(), /lectern: starting slot a from disk/);
    assert.deepEqual(await comesUp("a"), { good: "a", try: undefined });
  });

  it("goes back to the other slot when a new image does not start from its own", async () => {
    const change = live(SYSTEM, {
      image: { name: "next", root: images.next },
      previous: { root: images.own },
    });
    await assert.rejects(change, /did not start, and the machine went back by itself[^]*is in service/);
    const { root: runs, state, rejected } = (await record()) ?? {};
    assert.deepEqual([state, runs, rejected?.root], ["ready", images.own, images.next]);
    assert.match(console_(), /lectern: starting slot b from disk[^]*lectern: starting slot a from disk/);
    assert.deepEqual(await comesUp("a"), { good: "a", try: undefined });
    const { start } = planLayout(SIZE, "00000000-0000-0000-0000-000000000000")["root-b"];
    assert.equal(await digest(systemDisk, start, nextBytes), images.next);
  });

  it("left the disk with data as it was, byte for byte", async () => {
    assert.equal(await digest(dataDisk), dataBefore);
  });

  const client = () => bootServiceClient(room);
  const record = () => client().get(machine.mac);
  const console_ = () => readFileSync(join(machineFolder(room, "cpu-1"), "console.log"), "latin1");

  /** Brings the machine to ready from a disk, as metal:Machine does it. */
  async function live(byId: string, wanted: Pick<Extract<Goal, { become: "ready" }>, "image" | "previous">) {
    const stop = new AbortController();
    const { name, role, address, mac, bmc } = machine;
    const backend = machineBackend(
      name,
      { ...bmc, password: room.credentials.bmc[name]?.password ?? "" },
      stop.signal,
    );
    const goal: Goal = { become: "ready", timeout: BOOT_MS, grace: 120_000, disk: byId, ...wanted };
    try {
      const bootService = bootServiceOf(client(), mac, { name, role, address, disks: [{ byId }] });
      return await runLifecycle(goal, { backend, bootService, signal: stop.signal });
    } finally {
      await backend.close();
    }
  }

  /** What the boot loader starts next, once the slot was found to be good. */
  async function comesUp(slot: string) {
    const esp = new Esp(systemDisk, planLayout(SIZE, "00000000-0000-0000-0000-000000000000").esp);
    return waitFor(
      `slot ${slot} is good`,
      async () => {
        const choice = readEnvironment((await esp.read("lectern/grubenv")) ?? Buffer.alloc(0));
        return choice.good === slot && choice.try === undefined ? choice : undefined;
      },
      { timeout: 60_000, interval: 500 },
    );
  }

  /** An image whose installer runs and whose system ends at once, so that its kernel panics. Published as `next`. */
  async function publishBroken(nodeImage: string): Promise<string> {
    const dir = join(root, "next");
    const sha256 = await withFile(nodeImage, dir, {
      name: "falls-over",
      content: "#!/bin/sh\nexit 1\n",
      mode: 0o755,
    });
    nextBytes = statSync(join(dir, "root")).size;
    const key = readFileSync(join(room.dir, "site.key"), "utf8");
    signImage(dir, key);
    await publishImage({
      image: dir,
      images: imagesFolder(room),
      publicKey: publicKeyOf(key),
      name: "next",
      arguments: ["console=ttyS0,115200", "init=/falls-over"],
    });
    process.kill(
      new ProcessFolder(join(room.dir, "run")).find(BOOT_SERVICE_PROCESS)?.pid as number,
      "SIGHUP",
    );
    await waitFor(
      "the boot service has read it",
      async () => ((await client().images()).named["next"] === sha256 ? true : undefined),
      { timeout: 60_000 },
    );
    return sha256;
  }

  async function digest(file: string, start = 0, length?: number): Promise<string> {
    const hash = createHash("sha256");
    const end = length === undefined ? undefined : start + length - 1;
    for await (const chunk of createReadStream(file, { start, ...(end !== undefined && { end }) }))
      hash.update(chunk as Buffer);
    return hash.digest("hex");
  }
});
