import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { open, readdir, readFile, writeFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { FaultsError } from "../../../../base/faults";
import { ProcessFolder } from "../../../../base/processes";
import { waitFor } from "../../../../base/wait";
import {
  type CephClient,
  ensureFilesystem,
  ensureVolumes,
  readFilesystem,
  readVolumes,
  removeVolumes,
  type Volumes,
  type VolumesSpec,
} from "../../../../bare-metal/ceph";
import { startTestCeph, type TestCeph } from "../../../fixtures/ceph";

const run = promisify(execFile);
const MiB = 2 ** 20;

describe("volumes of a course on a Ceph cluster", function () {
  this.timeout(120_000);
  let ceph: TestCeph;
  let spec: VolumesSpec;
  let volumes: Volumes;
  let aliceHome: string;
  const mounts: string[] = [];
  let tries = 0;

  /** Mounts a path as a client, and unmounts it at the end. */
  const mount = async (client: CephClient, path: string): Promise<string> => {
    const dir = join(ceph.dir, `mount-${(tries += 1)}`);
    const keyring = `${dir}.keyring`;
    mkdirSync(dir);
    writeFileSync(keyring, `[client.${client.id}]\n\tkey = ${client.key}\n`, { mode: 0o600 });
    const as = ["-n", `client.${client.id}`, "-k", keyring, "-c", ceph.cluster.conf];
    const argv = [
      "ceph-fuse",
      "-f",
      ...as,
      "--client_fs",
      "cephfs",
      "--client_mount_timeout",
      "5",
      "-r",
      path,
      dir,
    ] as const;
    const name = `fuse-${tries}`;
    // In the cluster's own folder of processes, so that its stop ends a mount whose session is gone, too.
    const processes = new ProcessFolder(join(ceph.dir, "run"));
    processes.start({ name, argv: [...argv], cwd: ceph.dir, logFile: `${dir}.log` });
    const mounted = await waitFor(
      `${path} is mounted or refused`,
      () => {
        if (readFileSync("/proc/mounts", "utf8").includes(` ${dir} fuse`)) return "mounted";
        return processes.find(name) ? undefined : "refused";
      },
      { timeout: 20_000 },
    );
    if (mounted === "refused") throw new Error(`${path}: ${readFileSync(`${dir}.log`, "utf8")}`);
    mounts.push(dir);
    return dir;
  };
  const admin = (): CephClient => ({
    id: "admin",
    key: /key = (\S+)/.exec(readFileSync(ceph.cluster.keyring, "utf8"))?.[1] ?? "",
  });
  const denied = /EACCES|EPERM|EROFS/;

  before(async () => {
    ceph = await startTestCeph("127.80.3.1");
    const pools = { metadataPool: "cephfs-metadata", dataPool: "cephfs-data", blockPool: "block" };
    const filesystem = { cluster: ceph.cluster, name: "cephfs", ...pools };
    assert.equal(await readFilesystem(filesystem), undefined);
    const made = await ensureFilesystem(filesystem);
    assert.deepEqual(made.monitors, ["127.80.3.1:6789"]);
    assert.deepEqual(await ensureFilesystem(filesystem), made);
    spec = {
      cluster: ceph.cluster,
      filesystem: "cephfs",
      group: "course-ml",
      datasets: [{ name: "mnist", sizeBytes: 64 * MiB }],
      homes: [
        { owner: "alice", sizeBytes: 16 * MiB },
        { owner: "bob", sizeBytes: 16 * MiB },
      ],
    };
    volumes = await ensureVolumes(spec);
    const staff = await mount(admin(), volumes.datasets["mnist"]!);
    await run("chmod", ["0777", staff]);
    await writeFile(join(staff, "train"), "0123456789");
  });
  after(async () => {
    for (const dir of mounts.reverse()) await run("umount", ["-l", dir]).catch(() => undefined);
    await ceph.stop();
  });

  it("says the same when asked again", async () => {
    assert.deepEqual(await ensureVolumes(spec), volumes);
    assert.deepEqual(await readVolumes(spec), volumes);
  });

  it("lets a student read the data set and not write it", async () => {
    const dir = await mount(volumes.clients["alice"]!, volumes.datasets["mnist"]!);
    assert.equal(await readFile(join(dir, "train"), "utf8"), "0123456789");
    await assert.rejects(writeFile(join(dir, "mine"), "x"), denied);
    await assert.rejects(writeFile(join(dir, "train"), "x"), denied);
  });

  it("keeps a student from the data set's objects behind the MDS's back", async () => {
    const client = volumes.clients["alice"]!;
    const keyring = join(ceph.dir, "rados.keyring");
    writeFileSync(keyring, `[client.${client.id}]\n\tkey = ${client.key}\n`, { mode: 0o600 });
    const rados = (...argv: string[]): Promise<unknown> =>
      run("rados", [
        "-c",
        ceph.cluster.conf,
        "-n",
        `client.${client.id}`,
        "-k",
        keyring,
        "-p",
        "cephfs-data",
        ...argv,
      ]);
    await rados("-N", "fsvolumens_home-alice", "put", "probe", keyring);
    await assert.rejects(
      rados("-N", "fsvolumens_data-mnist", "put", "probe", keyring),
      /Operation not permitted/,
    );
    await assert.rejects(
      rados("-N", "fsvolumens_home-bob", "put", "probe", keyring),
      /Operation not permitted/,
    );
    await assert.rejects(rados("put", "probe", keyring), /Operation not permitted/);
    await rados("-N", "fsvolumens_home-alice", "rm", "probe");
  });

  it("gives a home to the user that the images run as, and to no other", async () => {
    const { uid, gid, mode } = await stat(await mount(admin(), volumes.homes["bob"]!));
    assert.deepEqual([uid, gid, mode & 0o777], [1000, 1000, 0o700]);
    const dataset = await stat(await mount(volumes.clients["bob"]!, volumes.datasets["mnist"]!));
    assert.equal(dataset.uid, 0);
  });

  it("lets a student write the own home up to its quota, and into no other", async () => {
    const client = volumes.clients["alice"]!;
    const home = (aliceHome = await mount(client, volumes.homes["alice"]!));
    await writeFile(join(home, "notes"), "kept");
    const file = await open(join(home, "large"), "w");
    const fill = async (): Promise<void> => {
      for (let i = 0; i < 64; i += 1) await file.write(Buffer.alloc(MiB));
      await file.sync();
    };
    // Node has no name for EDQUOT (122).
    await assert.rejects(fill(), /-122/).finally(() => file.close());
    await assert.rejects(
      run("setfattr", ["-n", "ceph.quota.max_bytes", "-v", "0", home]),
      /denied|not permitted/i,
    );
    await assert.rejects(mount(client, volumes.homes["bob"]!));
    await assert.rejects(mount(client, "/"));
  });

  it("refuses to shrink a home below what it holds, with the numbers", async () => {
    const homes = [{ owner: "alice", sizeBytes: MiB }, spec.homes[1]!];
    await assert.rejects(ensureVolumes({ ...spec, homes }), (error: FaultsError) => {
      assert.equal(error.faults[0]?.path, "homes[0].sizeBytes");
      assert.match(error.faults[0]?.problem ?? "", /less than the \d{7,} bytes in use/);
      return true;
    });
  });

  it("grows a home", async () => {
    const home = aliceHome;
    await ensureVolumes({ ...spec, homes: [{ owner: "alice", sizeBytes: 64 * MiB }, spec.homes[1]!] });
    await writeFile(join(home, "more"), Buffer.alloc(8 * MiB));
  });

  it("takes a student's key away at once and keeps the home that holds data", async () => {
    const home = aliceHome;
    const left = await ensureVolumes({ ...spec, homes: [spec.homes[1]!] });
    assert.deepEqual(
      left.kept.map((k) => [k.name, k.path]),
      [["home-alice", volumes.homes["alice"]]],
    );
    // What was mounted stands still: its session is gone and there is no key for another.
    await assert.rejects(run("timeout", ["-s", "KILL", "3", "touch", join(home, "late")]));
    await assert.rejects(mount(volumes.clients["alice"]!, volumes.homes["alice"]!));
    // Back in the course: the same home, the data in it, another key.
    const back = await ensureVolumes({
      ...spec,
      homes: [{ owner: "alice", sizeBytes: 64 * MiB }, spec.homes[1]!],
    });
    assert.equal(back.homes["alice"], volumes.homes["alice"]);
    assert.notEqual(back.clients["alice"]?.key, volumes.clients["alice"]?.key);
    const again = await mount(back.clients["alice"]!, back.homes["alice"]!);
    assert.equal(await readFile(join(again, "notes"), "utf8"), "kept");
    assert.equal((await readdir(again)).includes("late"), false);
  });

  it("removes the course but for what holds data", async () => {
    const kept = await removeVolumes(spec);
    assert.deepEqual(kept.map((k) => k.name).sort(), ["data-mnist", "home-alice"]);
    const rest = await readVolumes(spec);
    assert.deepEqual(rest?.clients, {});
    assert.deepEqual(rest?.homes, {});
    assert.deepEqual((await removeVolumes(spec)).length, 2);
  });
});
