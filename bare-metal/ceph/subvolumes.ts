import type { Bytes } from "../../base/units";
import { CephError, type CephSession, ENOENT } from "./session";

/** A subvolume as the cluster describes it. */
export interface Subvolume {
  readonly name: string;
  readonly path: string;
  /** Undefined: no limit. */
  readonly sizeBytes: Bytes | undefined;
  readonly usedBytes: Bytes;
  readonly pool: string;
  /** RADOS namespace of its objects: its own, so that no other client reaches them beside the MDS. */
  readonly namespace: string;
}

/** Whose a new subvolume is. */
export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  /** Octal, such as `755`. */
  readonly mode: string;
}

/** The subvolumes of one group (docs.ceph.com, cephfs/fs-volumes). */
export class SubvolumeGroup {
  constructor(
    private readonly ceph: CephSession,
    private readonly filesystem: string,
    private readonly group: string,
  ) {}

  async exists(): Promise<boolean> {
    const groups = await this.ceph.mgr<{ name: string }[]>({
      prefix: "fs subvolumegroup ls",
      vol_name: this.filesystem,
    });
    return groups.some((g) => g.name === this.group);
  }

  async create(): Promise<void> {
    await this.ceph.mgr({
      prefix: "fs subvolumegroup create",
      vol_name: this.filesystem,
      group_name: this.group,
    });
  }

  async remove(): Promise<void> {
    await this.ceph.mgr({
      prefix: "fs subvolumegroup rm",
      vol_name: this.filesystem,
      group_name: this.group,
    });
  }

  /** All subvolumes, by name; none if there is no such group. */
  async all(): Promise<Map<string, Subvolume>> {
    const found = new Map<string, Subvolume>();
    for (const name of await this.names()) found.set(name, await this.info(name));
    return found;
  }

  /** @param size Absent: no limit. @param pool Data pool. Default: that of the file system. */
  async makeSubvolume(
    name: string,
    size: Bytes | undefined,
    { uid, gid, mode }: Ownership,
    pool?: string,
  ): Promise<Subvolume> {
    await this.ceph.mgr({
      prefix: "fs subvolume create",
      ...this.at(name),
      ...(size === undefined ? {} : { size }),
      ...(pool === undefined ? {} : { pool_layout: pool }),
      uid,
      gid,
      mode,
      namespace_isolated: true,
    });
    return this.info(name);
  }

  async resize(name: string, size: Bytes): Promise<void> {
    await this.ceph.mgr({ prefix: "fs subvolume resize", ...this.at(name), new_size: String(size) });
  }

  async removeSubvolume(name: string): Promise<void> {
    await this.ceph.mgr({ prefix: "fs subvolume rm", ...this.at(name) });
  }

  /** Whether there is nothing in it at all; asked of the directory, for its counters lag behind. */
  async isEmpty(subvolume: Subvolume): Promise<boolean> {
    return (await this.ceph.countEntries(this.filesystem, subvolume.path)) === 0;
  }

  private async names(): Promise<string[]> {
    try {
      const where = { vol_name: this.filesystem, group_name: this.group };
      return (await this.ceph.mgr<{ name: string }[]>({ prefix: "fs subvolume ls", ...where })).map(
        (s) => s.name,
      );
    } catch (error) {
      if (error instanceof CephError && error.errno === ENOENT) return [];
      throw error;
    }
  }

  private async info(name: string): Promise<Subvolume> {
    const info = await this.ceph.mgr<Info>({ prefix: "fs subvolume info", ...this.at(name) });
    return {
      name,
      path: info.path,
      sizeBytes: typeof info.bytes_quota === "number" ? info.bytes_quota : undefined,
      usedBytes: info.bytes_used,
      pool: info.data_pool,
      namespace: info.pool_namespace,
    };
  }

  private at(name: string): { vol_name: string; sub_name: string; group_name: string } {
    return { vol_name: this.filesystem, sub_name: name, group_name: this.group };
  }
}

interface Info {
  readonly path: string;
  readonly bytes_quota: number | "infinite";
  readonly bytes_used: number;
  readonly data_pool: string;
  readonly pool_namespace: string;
}
