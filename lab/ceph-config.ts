import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { privateFolder, readIfThere, replaceFile } from "../base/files";
import type { Room } from "./room";

const identitySchema = z.object({
  fsid: z.string(),
  /** Of each OSD, by number. */
  osds: z.array(z.string()),
  /** cephx key of each entity. Secrets. */
  keys: z.record(z.string(), z.string()),
});
/** What a cluster is known by; chosen once. */
export type CephIdentity = z.infer<typeof identitySchema>;

/** Capabilities of each entity that the monitor knows from its first start (ceph-authtool(8)). */
const CAPABILITIES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "mon.": { mon: "allow *" },
  "client.admin": { mon: "allow *", mgr: "allow *", osd: "allow *", mds: "allow *" },
  "mgr.a": { mon: "allow profile mgr", osd: "allow *", mds: "allow *" },
  "mds.a": { mon: "allow profile mds", mgr: "allow profile mds", osd: "allow rwx", mds: "allow *" },
  ...Object.fromEntries(
    ["osd.0", "osd.1", "osd.2"].map((osd) => [
      osd,
      { mon: "allow profile osd", mgr: "allow profile osd", osd: "allow *" },
    ]),
  ),
};

/** Files of the room's Ceph cluster. */
export function cephFiles(room: Pick<Room, "dir">) {
  const dir = join(room.dir, "ceph");
  return {
    dir,
    conf: join(dir, "ceph.conf"),
    adminKeyring: join(dir, "ceph.client.admin.keyring"),
    /** Keyring from which a new monitor learns every entity. */
    monKeyring: join(dir, "mon.keyring"),
    monmap: join(dir, "monmap"),
  } as const;
}

/** The cluster's identity: what was chosen before, or a new one. */
export function ensureIdentity(room: Room): CephIdentity {
  const { dir } = cephFiles(room);
  privateFolder(dir);
  const file = join(dir, "cluster.json");
  const known = readIfThere(file);
  if (known !== undefined) return identitySchema.parse(JSON.parse(known));
  const identity = {
    fsid: randomUUID(),
    osds: [randomUUID(), randomUUID(), randomUUID()],
    keys: Object.fromEntries(Object.keys(CAPABILITIES).map((entity) => [entity, newKey()])),
  };
  replaceFile(file, JSON.stringify(identity));
  return identity;
}

/** A cephx key: type 1 (AES), time of making, length and 16 random bytes, little-endian (CryptoKey::encode). */
function newKey(): string {
  const head = Buffer.alloc(12);
  head.writeUInt16LE(1, 0);
  head.writeUInt32LE(Math.floor(Date.now() / 1000), 2);
  head.writeUInt16LE(16, 10);
  return Buffer.concat([head, randomBytes(16)]).toString("base64");
}

/** A keyring file with the keys of these entities. A secret. */
export function renderKeyring({ keys }: CephIdentity, entities: readonly string[]): string {
  return entities
    .map((entity) => {
      const caps = Object.entries(CAPABILITIES[entity] ?? {}).map(([at, what]) => `\tcaps ${at} = "${what}"`);
      return [`[${entity}]`, `\tkey = ${keys[entity]}`, ...caps, ""].join("\n");
    })
    .join("");
}

/** A keyring with every entity, for a new monitor. A secret. */
export function renderMonKeyring(identity: CephIdentity): string {
  return renderKeyring(identity, Object.keys(CAPABILITIES));
}

/** ceph.conf: everything on one loopback address, three OSDs on one host. */
export function renderCephConf(room: Room, { fsid }: CephIdentity): string {
  const { dir, adminKeyring } = cephFiles(room);
  const { address } = monitor(room);
  return `[global]
fsid = ${fsid}
mon host = ${monitorAddresses(room)}
public addr = ${address}
cluster addr = ${address}
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
# Daemons are told apart by their process records.
pid file =
# A daemon answers \`ceph tell\` only where it has an admin socket. Relative: a socket's path holds 107 bytes at most.
admin socket = $name.asok
log file = ${dir}/log/$name.log
crash dir = ${dir}/crash
run dir = ${dir}
osd crush chooseleaf type = 0
osd pool default size = 3
osd pool default min size = 2
osd pool default pg autoscale mode = off

[client]
admin socket =

[client.admin]
keyring = ${adminKeyring}
log file =

[mon]
mon data = ${dir}/mon
mon allow pool delete = true
auth allow insecure global id reclaim = false
mon data avail warn = 2
mon data avail crit = 1

[mgr]
mgr data = ${dir}/mgr
keyring = ${dir}/mgr/keyring

[osd]
osd data = ${dir}/osd-$id
keyring = ${dir}/osd-$id/keyring
osd objectstore = bluestore
bluestore block size = 2147483648
osd memory target = 939524096

[mds]
mds data = ${dir}/mds
keyring = ${dir}/mds/keyring
`;
}

/** The monitor's addresses as Ceph writes them: messenger v2 on its standard port, v1 as in the inventory. */
export function monitorAddresses(room: Room): string {
  const { address, port } = monitor(room);
  return `[v2:${address}:3300,v1:${address}:${port}]`;
}

function monitor(room: Room): { address: string; port: number } {
  const first = room.inventory.services.ceph.monitors[0];
  if (!first) throw new Error("services.ceph.monitors of the inventory is empty; name one monitor");
  return first;
}
