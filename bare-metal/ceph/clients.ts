import type { CephClient } from "./index";
import type { CephSession } from "./session";
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

/** A client as the cluster has it. */
export interface KnownClient extends CephClient {
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
  async all(): Promise<Map<string, KnownClient>> {
    const { auth_dump: entries } = await this.ceph.mon<{ auth_dump: AuthEntry[] }>({ prefix: "auth ls" });
    const prefix = `client.${this.group}.`;
    const own = entries.filter((e) => e.entity.startsWith(prefix));
    return new Map(
      own.map(({ entity, key, caps }) => [
        entity.slice(prefix.length),
        { id: entity.slice("client.".length), key, caps },
      ]),
    );
  }

  /**
   * Makes the client, or gives it these capabilities; its key stays the same.
   * @param known What {@link all} told of it. Undefined: there was none.
   */
  async ensure(owner: string, caps: Caps, known: KnownClient | undefined): Promise<CephClient> {
    const id = this.id(owner);
    const command = { entity: `client.${id}`, caps: Object.entries(caps).flat() };
    if (known === undefined) {
      const made = await this.ceph.mon<AuthEntry[]>({ prefix: "auth get-or-create", ...command });
      const key = made[0]?.key;
      if (key === undefined) throw new Error(`Ceph: client.${id} has no key`);
      return { id, key };
    }
    if (JSON.stringify(sorted(known.caps)) !== JSON.stringify(sorted(caps))) {
      await this.ceph.mon({ prefix: "auth caps", ...command });
    }
    return { id, key: known.key };
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
}

function sorted(caps: Partial<Caps>): [string, string][] {
  return Object.entries(caps).sort(([a], [b]) => (a < b ? -1 : 1));
}
