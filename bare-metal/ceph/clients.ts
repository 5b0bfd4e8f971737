import type { CephClient } from "./index";
import { CephError, type CephSession, ENOENT } from "./session";
import type { Subvolume } from "./subvolumes";

/** What a client may do, by kind of daemon. */
export type Caps = Readonly<Record<"mon" | "mds" | "osd", string>>;

/**
 * Capabilities of a student: reads the data sets, writes the own home. Each subvolume is named twice: by its path for
 * the MDS, and by its RADOS namespace for the OSDs, or else objects could be written past the MDS. Without the MDS flag
 * `p` the client cannot lift its own quota. Pure.
 */
export function studentCaps(filesystem: string, datasets: readonly Subvolume[], home: Subvolume): Caps {
  const volumes = [...datasets.map((volume) => ({ volume, access: "r" })), { volume: home, access: "rw" }];
  return {
    mon: `allow r fsname=${filesystem}`,
    mds: volumes
      .map(({ volume, access }) => `allow ${access} fsname=${filesystem} path=${volume.path}`)
      .join(", "),
    osd: volumes
      .map(({ volume, access }) => `allow ${access} pool=${volume.pool} namespace=${volume.namespace}`)
      .join(", "),
  };
}

interface AuthEntry {
  readonly entity: string;
  readonly key: string;
  readonly caps: Partial<Caps>;
}

/** The clients of one group: `client.<group>.<owner>`. */
export class GroupClients {
  constructor(
    private readonly ceph: CephSession,
    private readonly filesystem: string,
    private readonly group: string,
  ) {}

  id(owner: string): string {
    return `${this.group}.${owner}`;
  }

  /** The clients that exist, by owner. */
  async all(): Promise<Map<string, CephClient>> {
    const { auth_dump: entries } = await this.ceph.mon<{ auth_dump: AuthEntry[] }>({ prefix: "auth ls" });
    const prefix = `client.${this.group}.`;
    const own = entries.filter((e) => e.entity.startsWith(prefix));
    return new Map(
      own.map((e) => [e.entity.slice(prefix.length), { id: e.entity.slice("client.".length), key: e.key }]),
    );
  }

  /** Makes the client, or gives it these capabilities; its key stays the same. */
  async ensure(owner: string, caps: Caps): Promise<CephClient> {
    const entity = `client.${this.id(owner)}`;
    const pairs = Object.entries(caps).flat();
    const found = await this.get(entity);
    if (!found) {
      await this.ceph.mon({ prefix: "auth get-or-create", entity, caps: pairs });
    } else if (JSON.stringify(sorted(found.caps)) !== JSON.stringify(sorted(caps))) {
      await this.ceph.mon({ prefix: "auth caps", entity, caps: pairs });
    }
    const key = (found ?? (await this.get(entity)))?.key;
    if (key === undefined) throw new Error(`Ceph: ${entity} vanished while it was made`);
    return { id: this.id(owner), key };
  }

  /** Takes the key away and ends what was mounted with it: a session outlives its key otherwise. */
  async revoke(owner: string): Promise<void> {
    const entity = `client.${this.id(owner)}`;
    await this.ceph.mon({ prefix: "auth rm", entity });
    await this.ceph.mds(this.filesystem, {
      prefix: "client evict",
      filters: [`auth_name=${this.id(owner)}`],
    });
  }

  private async get(entity: string): Promise<AuthEntry | undefined> {
    try {
      return (await this.ceph.mon<AuthEntry[]>({ prefix: "auth get", entity }))[0];
    } catch (error) {
      if (error instanceof CephError && error.errno === ENOENT) return undefined;
      throw error;
    }
  }
}

function sorted(caps: Partial<Caps>): [string, string][] {
  return Object.entries(caps).sort(([a], [b]) => (a < b ? -1 : 1));
}
