import { execFile } from "node:child_process";
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ProcessFolder } from "../base/processes";
import { waitFor } from "../base/wait";
import {
  type CephIdentity,
  cephFiles,
  ensureIdentity,
  monitorAddresses,
  renderCephConf,
  renderKeyring,
  renderMonKeyring,
} from "./ceph-config";
import { privateFolder, replaceFile } from "../base/files";
import { whenReady } from "./ready";
import type { Room } from "./room";

const run = promisify(execFile);

/** In the order of a stop: those that write first, the monitor last. */
export const CEPH_PROCESSES = [
  "ceph-mds",
  "ceph-osd-0",
  "ceph-osd-1",
  "ceph-osd-2",
  "ceph-mgr",
  "ceph-mon",
] as const;

/**
 * Starts the room's Ceph: a monitor, a manager, three OSDs and a metadata server, without pools and file systems.
 * Ready when the manager is active, every OSD is up and in, and the metadata server has joined. Idempotent.
 */
export async function startCeph(room: Room): Promise<void> {
  const { dir, conf, adminKeyring } = cephFiles(room);
  const identity = ensureIdentity(room);
  privateFolder(join(dir, "log"));
  privateFolder(join(dir, "crash"));
  replaceFile(conf, renderCephConf(room, identity));
  replaceFile(adminKeyring, renderKeyring(identity, ["client.admin"]));
  for (const daemon of ["mgr", "mds"]) {
    privateFolder(join(dir, daemon));
    replaceFile(join(dir, daemon, "keyring"), renderKeyring(identity, [`${daemon}.a`]));
  }
  await makeMonitor(room, identity);
  const daemon = startDaemon(room);
  daemon("ceph-mon", ["ceph-mon", "-i", "a"]);
  const osds = Promise.all(identity.osds.map((uuid, id) => makeOsd(room, identity, id, uuid)));
  await Promise.all([osds, monitorAnswers(room).then(() => registerOsds(room, identity))]);
  daemon("ceph-mgr", ["ceph-mgr", "-i", "a"]);
  daemon("ceph-mds", ["ceph-mds", "-i", "a"]);
  for (const id of identity.osds.keys()) daemon(`ceph-osd-${id}`, ["ceph-osd", "-i", String(id)]);
  await waitFor(
    `Ceph: manager active, ${identity.osds.length} OSDs up and in, metadata server there (logs: ${dir}/log)`,
    async () => isReady(JSON.parse(await ceph(room, ["status", "-f", "json"])) as CephStatus, identity),
    { timeout: 90_000 },
  );
}

/** Stops the daemons: metadata server, OSDs and manager, then the monitor they report to. Data stays. */
export async function stopCeph(room: Room): Promise<void> {
  const processes = new ProcessFolder(join(room.dir, "run"));
  await processes.stopAll(CEPH_PROCESSES.filter((name) => name !== "ceph-mon"));
  await processes.stop("ceph-mon");
}

/**
 * Runs a command of the `ceph` program as client.admin.
 * @param input Commands on standard input instead, one a line.
 */
async function ceph(room: Room, args: readonly string[], input?: string): Promise<string> {
  const running = run("ceph", ["-c", cephFiles(room).conf, "--connect-timeout", "10", ...args], {
    timeout: 30_000,
  });
  running.child.stdin?.end(input ?? "");
  return (await running).stdout;
}

interface CephStatus {
  readonly osdmap: { readonly num_up_osds: number; readonly num_in_osds: number };
  readonly mgrmap: { readonly available: boolean };
  readonly fsmap: { readonly "up:standby"?: number; readonly by_rank?: readonly unknown[] };
}

function isReady({ osdmap, mgrmap, fsmap }: CephStatus, { osds }: CephIdentity): true | undefined {
  const metadataServers = (fsmap["up:standby"] ?? 0) + (fsmap.by_rank?.length ?? 0);
  const counts = [osdmap.num_up_osds, osdmap.num_in_osds];
  return mgrmap.available && metadataServers > 0 && counts.every((n) => n === osds.length) ? true : undefined;
}

function startDaemon(room: Room): (name: string, argv: readonly [string, ...string[]]) => void {
  const processes = new ProcessFolder(join(room.dir, "run"));
  const { conf, dir } = cephFiles(room);
  return (name, argv) => {
    const logFile = join(room.dir, "logs", `${name}.log`);
    processes.start({ name, argv: [...argv, "-c", conf, "-f"], cwd: dir, logFile });
  };
}

async function monitorAnswers(room: Room): Promise<void> {
  await whenReady({
    processes: new ProcessFolder(join(room.dir, "run")),
    name: "ceph-mon",
    logFile: join(room.dir, "ceph", "log", "mon.a.log"),
    probe: () => ceph(room, ["mon", "stat"]),
    timeout: 30_000,
  });
}

/** Makes the monitor's store once: beside its place, then renamed. */
async function makeMonitor(room: Room, identity: CephIdentity): Promise<void> {
  const { dir, conf, monKeyring, monmap } = cephFiles(room);
  if (existsSync(join(dir, "mon"))) return;
  const fresh = join(dir, "mon.new");
  rmSync(fresh, { recursive: true, force: true });
  privateFolder(fresh);
  replaceFile(monKeyring, renderMonKeyring(identity));
  const create = [
    "--create",
    "--clobber",
    "--fsid",
    identity.fsid,
    "--addv",
    "a",
    monitorAddresses(room),
    monmap,
  ];
  await run("monmaptool", create);
  const mkfs = [
    "--mkfs",
    "-i",
    "a",
    "-c",
    conf,
    "--mon-data",
    fresh,
    "--monmap",
    monmap,
    "--keyring",
    monKeyring,
  ];
  await run("ceph-mon", mkfs);
  rmSync(monKeyring);
  renameSync(fresh, join(dir, "mon"));
}

/** Makes an OSD's store once, on a sparse file: beside its place, then renamed. Needs no monitor. */
async function makeOsd(room: Room, identity: CephIdentity, id: number, uuid: string): Promise<void> {
  const { dir, conf, monmap } = cephFiles(room);
  const place = join(dir, `osd-${id}`);
  if (existsSync(place)) return;
  const fresh = `${place}.new`;
  rmSync(fresh, { recursive: true, force: true });
  privateFolder(fresh);
  const keyring = join(fresh, "keyring");
  replaceFile(keyring, renderKeyring(identity, [`osd.${id}`]));
  const store = ["--osd-data", fresh, "--osd-uuid", uuid, "--keyring", keyring];
  await run("ceph-osd", [
    "--mkfs",
    "-i",
    String(id),
    "-c",
    conf,
    ...store,
    "--monmap",
    monmap,
    "--no-mon-config",
  ]);
  renameSync(fresh, place);
}

/** Tells the monitor of the OSDs, so that each may join with its number and UUID. */
async function registerOsds(room: Room, { osds }: CephIdentity): Promise<void> {
  const done = join(cephFiles(room).dir, "osds-registered");
  if (existsSync(done)) return;
  await ceph(room, [], osds.map((uuid, id) => `osd new ${uuid} ${id}\n`).join(""));
  const known = JSON.parse(await ceph(room, ["osd", "ls", "-f", "json"])) as number[];
  if (known.length < osds.length)
    throw new Error(`Ceph: the monitor knows ${known.length} of ${osds.length} OSDs`);
  replaceFile(done, "");
}
