import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import {
  archiveHome,
  deleteArchivedHome,
  ensureFilesystem,
  ensureVolumes,
  homeOwners,
  readVolumes,
  revokeClients,
  type Volumes,
} from "../../../../bare-metal/ceph";
import { CephSession } from "../../../../bare-metal/ceph/session";
import { startTestCeph, type TestCeph } from "../../../fixtures/ceph";

const run = promisify(execFile);
const MiB = 2 ** 20;
const TEXT = "weights ".repeat(MiB);

/** Fills a home with what homes hold: a large file, links, odd names, rights, an empty folder. */
const FILL = `
import os, sys, rados, cephfs
conf, keyring, home = sys.argv[1:]
cluster = rados.Rados(conffile=conf, name="client.admin", conf={"keyring": keyring})
cluster.connect()
mount = cephfs.LibCephFS(rados_inst=cluster)
mount.mount()
top = home.encode()
def put(name, data, mode):
    handle = mount.open(top + b"/" + name, os.O_WRONLY | os.O_CREAT, mode)
    mount.write(handle, data, 0)
    mount.close(handle)
mount.mkdir(top + b"/runs", 0o750)
mount.mkdir(top + b"/empty", 0o700)
put(b"model.bin", b"weights " * (1 << 20), 0o640)
put(b"runs/log", b"loss 0.1\\n", 0o600)
put(b"runs/\\xff odd\\nname", b"x", 0o644)
mount.chown(top + b"/runs/log", 1000, 1000)
mount.symlink(b"../model.bin", top + b"/runs/latest")
mount.shutdown()
cluster.shutdown()
`;

describe("archives of homes on a Ceph cluster", function () {
  this.timeout(180_000);
  let ceph: TestCeph;
  let volumes: Volumes;
  const pools = { metadataPool: "cephfs-metadata", dataPool: "cephfs-data", blockPool: "block" };
  const at = (owner: string) => ({
    cluster: ceph.cluster,
    filesystem: "cephfs",
    group: "course-ml",
    owner,
    archives: "archive-2026-autumn",
    pool: "cephfs-archive",
  });
  const tree = <T>(action: Parameters<CephSession["tree"]>[1]): Promise<T> =>
    CephSession.use(ceph.cluster, (session) => session.tree<T>("cephfs", action));
  const home = (owner: string): string => volumes.homes[owner] ?? "";

  before(async () => {
    ceph = await startTestCeph("127.95.2.1");
    await ensureFilesystem({ cluster: ceph.cluster, name: "cephfs", ...pools });
    await CephSession.use(ceph.cluster, async (session) => {
      await session.mon({ prefix: "osd pool create", pool: "cephfs-archive", pg_num: 8, pgp_num: 8 });
      await session.mon({ prefix: "fs add_data_pool", fs_name: "cephfs", pool: "cephfs-archive" });
    });
    volumes = await ensureVolumes({
      ...at("alice"),
      datasets: [],
      homes: ["alice", "bob"].map((owner) => ({ owner, sizeBytes: 64 * MiB })),
    });
    await run("/usr/bin/python3", ["-c", FILL, ceph.cluster.conf, ceph.cluster.keyring, home("alice")]);
  });
  after(() => ceph?.stop());

  it("holds every path and every byte, in the archive class, with sums that sha256sum reads", async () => {
    const archive = await archiveHome(at("alice"));
    assert.deepEqual([archive.files, archive.bytes], [3, 8 * MiB + 9 + 1]);
    const list = (path: string) => tree<object[]>({ action: "list", path, fresh: true });
    assert.deepEqual(await list(`${archive.path}/data`), await list(home("alice")));
    const text = await tree<string>({ action: "read", path: `${archive.path}/SHA256SUMS` });
    const sum = createHash("sha256").update(TEXT).digest("hex");
    assert.ok(text.includes(`${sum}  data/model.bin\n`));
    assert.match(text, /^\\[0-9a-f]{64} {2}data\/runs\/.* odd\\nname$/m);
    const pool = await CephSession.use(ceph.cluster, async (session) => {
      const where = { vol_name: "cephfs", group_name: "archive-2026-autumn", sub_name: "course-ml.alice" };
      return (await session.mgr<{ data_pool: string }>({ prefix: "fs subvolume info", ...where })).data_pool;
    });
    assert.equal(pool, "cephfs-archive");
    assert.deepEqual(await archiveHome(at("alice")), archive);
  });

  it("takes neither half a copy nor a damaged archive for one", async () => {
    const { path, manifest } = await archiveHome(at("alice"));
    const place = path.replace(/\/home$/, "");
    await tree({ action: "mkdir", path: `${place}/new` });
    await tree({ action: "write", path: `${place}/new/half`, text: "half" });
    assert.equal((await archiveHome(at("alice"))).manifest, manifest);
    await tree({ action: "write", path: `${path}/data/runs/log`, text: "rot" });
    await assert.rejects(deleteArchivedHome(at("alice"), manifest), /its archive is not the one/);
    assert.equal((await archiveHome(at("alice"))).manifest, manifest);
  });

  it("deletes no home that changed after its archive", async () => {
    const before = await archiveHome(at("alice"));
    await tree({ action: "write", path: `${home("alice")}/late`, text: "written late" });
    await assert.rejects(
      deleteArchivedHome(at("alice"), before.manifest),
      /has changed since it was archived/,
    );
    const after = await archiveHome(at("alice"));
    assert.equal(after.files, before.files + 1);
  });

  it("deletes what is archived, once, and keeps the archive", async () => {
    await revokeClients(at("alice"));
    assert.deepEqual((await readVolumes(at("alice")))?.clients, {});
    const archive = await archiveHome(at("alice"));
    await deleteArchivedHome(at("alice"), archive.manifest);
    assert.deepEqual(await homeOwners(at("alice")), ["bob"]);
    await deleteArchivedHome(at("alice"), archive.manifest);
    assert.deepEqual(await archiveHome(at("alice")), archive);
    const log = await tree<string>({ action: "read", path: `${archive.path}/data/runs/log` });
    assert.equal(log, "loss 0.1\n");
  });

  it("archives an empty home, and says so where one is gone without an archive", async () => {
    assert.equal((await archiveHome(at("bob"))).files, 0);
    await assert.rejects(archiveHome(at("carl")), /home carl of course-ml is gone, and no whole archive/);
  });
});
