import { createHash } from "node:crypto";
import type { Bytes } from "../../base/units";
import type { CephCluster } from "./index";
import { CephSession } from "./session";
import { SubvolumeGroup } from "./subvolumes";
import { HOME } from "./volumes";

/** A home, and where its archive lies. */
export interface HomeArchive {
  readonly cluster: CephCluster;
  readonly filesystem: string;
  /** Subvolume group of the course. */
  readonly group: string;
  readonly owner: string;
  /** Subvolume group of the archives, such as `archive-2026-autumn`: a subvolume a home in it, `<group>.<owner>`. */
  readonly archives: string;
  /** Data pool of the archive class. Default: that of the file system. */
  readonly pool?: string | undefined;
}

/** An archive that was read back and found equal to its home. */
export interface ArchivedHome {
  /** SHA-256 of the manifest, hexadecimal. */
  readonly manifest: string;
  /** Path in the file system: `data/`, `manifest.json`, and `SHA256SUMS` as sha256sum(1) reads it. */
  readonly path: string;
  readonly files: number;
  readonly bytes: Bytes;
}

/** One entry of a manifest. Times are seconds since 1970; extended attributes and hard links are not kept. */
interface ManifestEntry {
  readonly path: string;
  readonly type: "file" | "directory" | "link" | "special";
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size?: Bytes;
  readonly mtime?: number;
  readonly sha256?: string;
  readonly target?: string;
}

/**
 * Makes a home's archive what the home is: copies it, reads the copy back from the OSDs, and compares every path and
 * every byte. Idempotent, and may be killed at any point: a copy counts only once it is verified and has its name, and
 * one that counts is never changed, only replaced. A home that is gone is taken for archived if its archive is whole.
 * @throws {Error} if the home is gone and has no whole archive, or the copy does not read back as the home
 */
export async function archiveHome(spec: HomeArchive): Promise<ArchivedHome> {
  return CephSession.use(spec.cluster, async (ceph) => {
    const place = await findPlace(ceph, spec);
    const home = await homePath(ceph, spec);
    const whole = place === undefined ? undefined : await readWhole(ceph, spec, place);
    if (home === undefined) {
      if (whole) return whole;
      throw new Error(`home ${spec.owner} of ${spec.group} is gone, and no whole archive of it is there`);
    }
    const entries = await list(ceph, spec, home);
    if (entries === undefined) throw new Error(`home ${spec.owner} of ${spec.group}: ${home} is not there`);
    if (whole && whole.manifest === digest(entries)) return whole;
    return copyHome(ceph, spec, place ?? (await makePlace(ceph, spec)), home, entries);
  });
}

/**
 * Deletes a home that is, byte by byte, what its archive holds. One that is gone already stays so. Idempotent.
 * @param manifest What {@link archiveHome} found.
 * @throws {Error} if the home or the archive is another; nothing is deleted then
 */
export async function deleteArchivedHome(spec: HomeArchive, manifest: string): Promise<void> {
  await CephSession.use(spec.cluster, async (ceph) => {
    const home = await homePath(ceph, spec);
    if (home === undefined) return;
    const place = await findPlace(ceph, spec);
    const whole = place === undefined ? undefined : await readWhole(ceph, spec, place);
    const what = `home ${spec.owner} of ${spec.group}`;
    if (whole?.manifest !== manifest)
      throw new Error(`${what}: its archive is not the one that was verified`);
    if (digest(await list(ceph, spec, home)) !== manifest) {
      throw new Error(`${what} has changed since it was archived; close again to archive it anew`);
    }
    await new SubvolumeGroup(ceph, spec.filesystem, spec.group).removeSubvolume(HOME + spec.owner);
  });
}

/** Copies beside the archive that counts, verifies, and gives the copy its name. */
async function copyHome(
  ceph: CephSession,
  spec: HomeArchive,
  place: string,
  home: string,
  entries: readonly ManifestEntry[],
): Promise<ArchivedHome> {
  const tree = <T = unknown>(action: Parameters<CephSession["tree"]>[1]): Promise<T> =>
    ceph.tree<T>(spec.filesystem, action);
  const [fresh, old] = [`${place}/new`, `${place}/old`];
  await tree({ action: "remove", path: fresh });
  await tree({ action: "mkdir", path: fresh });
  await tree({ action: "copy", path: home, into: `${fresh}/data` });
  if (digest(await list(ceph, spec, `${fresh}/data`)) !== digest(entries)) {
    throw new Error(`home ${spec.owner} of ${spec.group}: the copy does not read back as the home`);
  }
  await tree({ action: "write", path: `${fresh}/manifest.json`, text: render(entries) });
  await tree({ action: "write", path: `${fresh}/SHA256SUMS`, text: sums(entries) });
  await tree({ action: "remove", path: old });
  if ((await readManifest(ceph, spec, place)) !== undefined) {
    await tree({ action: "rename", path: current(place), into: old });
  }
  await tree({ action: "rename", path: fresh, into: current(place) });
  await tree({ action: "remove", path: old });
  const whole = await readWhole(ceph, spec, place);
  if (!whole) throw new Error(`${current(place)} does not read back`);
  return whole;
}

const current = (place: string): string => `${place}/home`;

/** The archive that counts, if every byte of it is what its manifest says. */
async function readWhole(
  ceph: CephSession,
  spec: HomeArchive,
  place: string,
): Promise<ArchivedHome | undefined> {
  const manifest = await readManifest(ceph, spec, place);
  if (manifest === undefined) return undefined;
  const entries = await list(ceph, spec, `${current(place)}/data`);
  if (entries === undefined || render(entries) !== manifest) return undefined;
  const files = entries.filter((entry) => entry.type === "file");
  return {
    manifest: digest(entries) ?? "",
    path: current(place),
    files: files.length,
    bytes: files.reduce((sum, { size = 0 }) => sum + size, 0),
  };
}

async function readManifest(
  ceph: CephSession,
  spec: HomeArchive,
  place: string,
): Promise<string | undefined> {
  const path = `${current(place)}/manifest.json`;
  return (
    (await ceph.tree<string | null>(spec.filesystem, { action: "read", path, fresh: true })) ?? undefined
  );
}

async function list(
  ceph: CephSession,
  { filesystem }: HomeArchive,
  path: string,
): Promise<readonly ManifestEntry[] | undefined> {
  const entries = await ceph.tree<readonly ManifestEntry[] | null>(filesystem, {
    action: "list",
    path,
    fresh: true,
  });
  return entries ?? undefined;
}

const render = (entries: readonly ManifestEntry[]): string => `${JSON.stringify(entries, undefined, 1)}\n`;

function digest(entries: readonly ManifestEntry[] | undefined): string | undefined {
  return entries && createHash("sha256").update(render(entries)).digest("hex");
}

/** Lines for `sha256sum -c`, to be run in the archive's folder. */
function sums(entries: readonly ManifestEntry[]): string {
  return entries
    .flatMap(({ path, sha256 }) => {
      if (sha256 === undefined) return [];
      const escaped = path.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
      return [`${escaped === path ? "" : "\\"}${sha256}  data/${escaped}\n`];
    })
    .join("");
}

async function homePath(ceph: CephSession, spec: HomeArchive): Promise<string | undefined> {
  const homes = await new SubvolumeGroup(ceph, spec.filesystem, spec.group).all();
  return homes.get(HOME + spec.owner)?.path;
}

const placeName = ({ group, owner }: HomeArchive): string => `${group}.${owner}`;

async function findPlace(ceph: CephSession, spec: HomeArchive): Promise<string | undefined> {
  return (await new SubvolumeGroup(ceph, spec.filesystem, spec.archives).all()).get(placeName(spec))?.path;
}

async function makePlace(ceph: CephSession, spec: HomeArchive): Promise<string> {
  const group = new SubvolumeGroup(ceph, spec.filesystem, spec.archives);
  await group.create();
  const ownership = { uid: 0, gid: 0, mode: "700" };
  return (await group.makeSubvolume(placeName(spec), undefined, ownership, spec.pool)).path;
}
