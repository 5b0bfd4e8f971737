import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ProcessFolder } from "../../../base/processes";
import { waitFor } from "../../../base/wait";
import { CEPH_PROCESSES, startCeph, stopCeph } from "../../../lab/ceph";
import { cephFiles } from "../../../lab/ceph-config";
import { createRoom, type Room } from "../../../lab/room";

const run = promisify(execFile);

describe("Ceph of a room", function () {
  this.timeout(240_000);
  let root: string;
  let room: Room;

  before(async () => {
    root = mkdtempSync(join(tmpdir(), "lectern-room-ceph-"));
    room = await createRoom("ceph", root, { net: "127.184" });
    await startCeph(room);
  });

  after(async () => {
    if (room) await stopCeph(room);
    rmSync(root, { recursive: true, force: true });
  });

  const ceph = async (...args: string[]): Promise<string> =>
    (await run("ceph", ["-c", cephFiles(room).conf, ...args])).stdout;

  it("has three OSDs up, and every daemon on the room's own address", async () => {
    const { osds } = JSON.parse(await ceph("osd", "dump", "-f", "json")) as {
      osds: { up: number; in: number; public_addr: string; cluster_addr: string }[];
    };
    assert.deepEqual(
      osds.map((osd) => [osd.up, osd.in]),
      [
        [1, 1],
        [1, 1],
        [1, 1],
      ],
    );
    for (const osd of osds) {
      for (const address of [osd.public_addr, osd.cluster_addr]) assert.match(address, /^127\.184\.0\.3:/);
    }
  });

  it("keeps the administrator's keyring for the owner alone, and lets nobody in without it", async () => {
    assert.equal(statSync(cephFiles(room).adminKeyring).mode & 0o777, 0o600);
    await assert.rejects(ceph("--keyring", "/dev/null", "status"));
  });

  it("is the same cluster with the same pool after daemons were killed and started again", async () => {
    await ceph("osd", "pool", "create", "kept", "8");
    const fsid = await ceph("fsid");
    const processes = new ProcessFolder(join(room.dir, "run"));
    for (const name of ["ceph-osd-1", "ceph-mon"]) {
      process.kill(processes.find(name)!.pid, "SIGKILL");
      await waitFor(`${name} is gone`, () => (processes.find(name) ? undefined : true), { timeout: 5_000 });
    }
    await startCeph(room);
    assert.equal(await ceph("fsid"), fsid);
    assert.match(await ceph("osd", "pool", "ls"), /^kept$/m);
  });

  it("leaves no daemon behind", async () => {
    await stopCeph(room);
    const processes = new ProcessFolder(join(room.dir, "run"));
    assert.deepEqual(
      CEPH_PROCESSES.filter((name) => processes.find(name)),
      [],
    );
    await assert.rejects(ceph("--connect-timeout", "2", "status"));
  });
});
