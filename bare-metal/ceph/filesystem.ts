import { waitFor } from "../../base/wait";
import { CephSession } from "./session";
import type { Filesystem, FilesystemSpec } from "./index";

/** Placement groups of a new pool: few, for a few OSDs; a site's autoscaler raises it as the pool fills. */
const PLACEMENT_GROUPS = 8;
/** Copies of each object. */
const REPLICAS = 3;

/**
 * Makes the pools and the file system that are missing and waits for its MDS. Idempotent; never deletes a pool, and
 * changes none that another file system uses.
 * @throws {CephError} when the cluster refuses, such as for a pool that belongs to another file system
 * @throws {Error} when no MDS becomes active by the deadline
 */
export async function ensureFilesystem(spec: FilesystemSpec): Promise<Filesystem> {
  return CephSession.use(spec.cluster, async (ceph) => {
    const pools = new Set(await poolNames(ceph));
    for (const pool of [spec.metadataPool, spec.dataPool, spec.blockPool]) {
      if (!pools.has(pool)) await makePool(ceph, pool);
    }
    await ceph.mon({ prefix: "osd pool application enable", pool: spec.blockPool, app: "rbd" });
    if (!(await filesystemNames(ceph)).includes(spec.name)) {
      const { name: fs_name, metadataPool: metadata, dataPool: data } = spec;
      await ceph.mon({ prefix: "fs new", fs_name, metadata, data });
    }
    await waitFor(
      `an active MDS of ${spec.name}`,
      async () => (await isActive(ceph, spec.name)) || undefined,
      {
        timeout: spec.timeout ?? 60_000,
      },
    );
    return describe(ceph);
  });
}

/** The file system as it is, or undefined if there is none of that name. */
export async function readFilesystem(spec: FilesystemSpec): Promise<Filesystem | undefined> {
  return CephSession.use(spec.cluster, async (ceph) =>
    (await filesystemNames(ceph)).includes(spec.name) ? describe(ceph) : undefined,
  );
}

async function makePool(ceph: CephSession, pool: string): Promise<void> {
  const groups = { pg_num: PLACEMENT_GROUPS, pgp_num: PLACEMENT_GROUPS };
  await ceph.mon({ prefix: "osd pool create", pool, ...groups, pool_type: "replicated", size: REPLICAS });
}

async function poolNames(ceph: CephSession): Promise<string[]> {
  return (await ceph.mon<{ poolname: string }[]>({ prefix: "osd lspools" })).map((p) => p.poolname);
}

async function filesystemNames(ceph: CephSession): Promise<string[]> {
  return (await ceph.mon<{ name: string }[]>({ prefix: "fs ls" })).map((f) => f.name);
}

async function isActive(ceph: CephSession, name: string): Promise<boolean> {
  const { mdsmap } = await ceph.mon<{ mdsmap: { info: Record<string, { state: string }> } }>({
    prefix: "fs get",
    fs_name: name,
  });
  return Object.values(mdsmap.info).some((mds) => mds.state === "up:active");
}

async function describe(ceph: CephSession): Promise<Filesystem> {
  const { fsid, mons } = await ceph.mon<MonMap>({ prefix: "mon dump" });
  // A monitor may also listen by the second protocol; clients of both find it by the first's address.
  const addresses = mons.flatMap((m) =>
    m.public_addrs.addrvec.filter((a) => a.type === "v1").map((a) => a.addr),
  );
  return { fsid, monitors: addresses.sort() };
}

interface MonMap {
  readonly fsid: string;
  readonly mons: readonly {
    readonly public_addrs: { readonly addrvec: readonly { readonly type: string; readonly addr: string }[] };
  }[];
}
