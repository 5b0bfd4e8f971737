import { type Fault, FaultCollector, FaultsError } from "../../base/faults";
import { GroupClients, studentCaps } from "./clients";
import type { CephClient, KeptVolume, Volumes, VolumesSpec } from "./index";
import { CephSession } from "./session";
import { type Ownership, type Subvolume, SubvolumeGroup } from "./subvolumes";

const NAME = /^[a-z0-9]([-a-z0-9_]{0,61}[a-z0-9])?$/;
const DATASET = "data-";
/** Before the owner's name in that of a home's subvolume. */
export const HOME = "home-";
/** User and group that the course images run as. */
const STUDENT_UID = 1000;

type Group = Pick<VolumesSpec, "cluster" | "filesystem" | "group">;

/**
 * Makes the subvolumes and clients of one course what is asked. Idempotent. Sizes follow, but never below what is used.
 * What is no longer asked for: its key is revoked; it is removed if it is empty and kept if it holds anything.
 * @throws {FaultsError} before anything is changed
 */
export async function ensureVolumes(spec: VolumesSpec): Promise<Volumes> {
  return CephSession.use(spec.cluster, async (ceph) =>
    // The manager makes one volume after another, and the monitors the clients of those that are there meanwhile.
    CephSession.use(spec.cluster, (monitors) =>
      converge(
        spec,
        new SubvolumeGroup(ceph, spec.filesystem, spec.group),
        new GroupClients(monitors, spec.filesystem, spec.group),
      ),
    ),
  );
}

async function converge(
  spec: VolumesSpec,
  subvolumes: SubvolumeGroup,
  clients: GroupClients,
): Promise<Volumes> {
  const [present, known] = await Promise.all([subvolumes.all(), clients.all()]);
  const faults = checkVolumes(spec, present);
  if (faults.length > 0) throw new FaultsError(`volumes of ${spec.group}`, faults);

  await subvolumes.create();
  const wanted = new Map<string, Subvolume>();
  const of = (name: string): Subvolume => wanted.get(name) as Subvolume;
  const ensure = async (name: string, sizeBytes: number): Promise<void> => {
    const found = present.get(name);
    if (found && found.sizeBytes !== sizeBytes) await subvolumes.resize(name, sizeBytes);
    wanted.set(name, found ?? (await subvolumes.makeSubvolume(name, sizeBytes, ownershipOf(name))));
  };
  for (const { name, sizeBytes } of spec.datasets) await ensure(DATASET + name, sizeBytes);
  const datasets = spec.datasets.map((d) => of(DATASET + d.name));
  const making: Promise<readonly [string, CephClient]>[] = [];
  for (const { owner, sizeBytes } of spec.homes) {
    await ensure(HOME + owner, sizeBytes);
    const caps = studentCaps(spec.filesystem, datasets, of(HOME + owner));
    const made = clients.ensure(owner, caps, known.get(owner)).then((client) => [owner, client] as const);
    // Told where it is waited for.
    made.catch(() => undefined);
    making.push(made);
  }
  const made = await Promise.all(making);
  const owners = new Set(spec.homes.map((h) => h.owner));
  for (const owner of known.keys()) if (!owners.has(owner)) await clients.revoke(owner);
  const left = [...present.values()].filter((s) => !wanted.has(s.name));
  return {
    datasets: Object.fromEntries(spec.datasets.map((d) => [d.name, of(DATASET + d.name).path])),
    homes: Object.fromEntries(spec.homes.map((h) => [h.owner, of(HOME + h.owner).path])),
    clients: Object.fromEntries(made),
    kept: await removeEmpty(subvolumes, left),
  };
}

/** The volumes as they are, or undefined if there is no such group. A home without a client counts as kept. */
export async function readVolumes(at: Group): Promise<Volumes | undefined> {
  return CephSession.use(at.cluster, async (ceph) => {
    const subvolumes = new SubvolumeGroup(ceph, at.filesystem, at.group);
    if (!(await subvolumes.exists())) return undefined;
    const clients = await new GroupClients(ceph, at.filesystem, at.group).all();
    const all = [...(await subvolumes.all()).values()];
    const named = (prefix: string): [string, Subvolume][] =>
      all.filter((s) => s.name.startsWith(prefix)).map((s) => [s.name.slice(prefix.length), s]);
    const homes = named(HOME);
    const paths = (volumes: [string, Subvolume][]): Record<string, string> =>
      Object.fromEntries(volumes.map(([name, { path }]) => [name, path]));
    return {
      datasets: paths(named(DATASET)),
      homes: paths(homes.filter(([owner]) => clients.has(owner))),
      clients: Object.fromEntries([...clients].map(([owner, { id, key }]) => [owner, { id, key }])),
      kept: homes.filter(([owner]) => !clients.has(owner)).map(([, subvolume]) => asKept(subvolume)),
    };
  });
}

/**
 * Revokes the keys of a group and removes its empty subvolumes, and the group itself once nothing is left. Idempotent.
 * @returns the subvolumes that hold data and stay
 */
export async function removeVolumes(at: Group): Promise<readonly KeptVolume[]> {
  return CephSession.use(at.cluster, async (ceph) => {
    const subvolumes = new SubvolumeGroup(ceph, at.filesystem, at.group);
    const clients = new GroupClients(ceph, at.filesystem, at.group);
    for (const owner of (await clients.all()).keys()) await clients.revoke(owner);
    if (!(await subvolumes.exists())) return [];
    const kept = await removeEmpty(subvolumes, [...(await subvolumes.all()).values()]);
    if (kept.length === 0) await subvolumes.remove();
    return kept;
  });
}

/** Takes the keys of a group's clients away and ends what is mounted with them. Idempotent; no volume is touched. */
export async function revokeClients(at: Group): Promise<void> {
  await CephSession.use(at.cluster, async (ceph) => {
    const clients = new GroupClients(ceph, at.filesystem, at.group);
    for (const owner of (await clients.all()).keys()) await clients.revoke(owner);
  });
}

/** Owners of the homes that a group has, with a client or without. */
export async function homeOwners(at: Group): Promise<string[]> {
  return CephSession.use(at.cluster, async (ceph) => {
    const names = [...(await new SubvolumeGroup(ceph, at.filesystem, at.group).all()).keys()];
    return names.filter((name) => name.startsWith(HOME)).map((name) => name.slice(HOME.length));
  });
}

/** Everything that is wrong with what is asked, given what is there. Pure. */
export function checkVolumes(spec: VolumesSpec, present: ReadonlyMap<string, Subvolume>): Fault[] {
  const faults = new FaultCollector();
  const fix = "a-z, 0-9, - and _, at most 63";
  if (!NAME.test(spec.group)) faults.add("group", spec.group, "not a name", fix);
  const seen = new Set<string>();
  for (const { path, name, label, sizeBytes } of wantedSizes(spec)) {
    if (!NAME.test(label)) faults.add(path, label, "not a name", fix);
    if (seen.has(name)) faults.add(path, label, "given twice", "name each once");
    seen.add(name);
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 1) {
      faults.add(`${path}.sizeBytes`, sizeBytes, "not a size", "whole bytes, at least 1");
    }
    const used = present.get(name)?.usedBytes ?? 0;
    if (used > sizeBytes) {
      const least = `at least ${used} bytes, or remove data first`;
      faults.add(`${path}.sizeBytes`, sizeBytes, `less than the ${used} bytes in use`, least);
    }
  }
  return [...faults.faults];
}

/**
 * A home is the student's alone: whoever else mounts it, as an image that runs under another uid, finds it closed.
 * A data set is filled by the site's staff and read by all.
 */
function ownershipOf(name: string): Ownership {
  return name.startsWith(HOME)
    ? { uid: STUDENT_UID, gid: STUDENT_UID, mode: "700" }
    : { uid: 0, gid: 0, mode: "755" };
}

function wantedSizes(spec: VolumesSpec): { path: string; name: string; label: string; sizeBytes: number }[] {
  return [
    ...spec.datasets.map((d, i) => ({ ...d, path: `datasets[${i}]`, name: DATASET + d.name, label: d.name })),
    ...spec.homes.map((h, i) => ({ ...h, path: `homes[${i}]`, name: HOME + h.owner, label: h.owner })),
  ];
}

async function removeEmpty(
  subvolumes: SubvolumeGroup,
  candidates: readonly Subvolume[],
): Promise<KeptVolume[]> {
  const kept: KeptVolume[] = [];
  for (const subvolume of candidates) {
    if (await subvolumes.isEmpty(subvolume)) await subvolumes.removeSubvolume(subvolume.name);
    else kept.push(asKept(subvolume));
  }
  return kept;
}

function asKept({ name, path, usedBytes }: Subvolume): KeptVolume {
  return { name, path, usedBytes };
}
