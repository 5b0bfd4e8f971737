import type { Bytes, Milliseconds } from "../../base/units";

/** How a Ceph cluster is reached. */
export interface CephCluster {
  /** ceph.conf. */
  readonly conf: string;
  /** Keyring file of the client below. */
  readonly keyring: string;
  /** Default: client.admin. */
  readonly client?: string;
}

export interface FilesystemSpec {
  readonly cluster: CephCluster;
  readonly name: string;
  readonly metadataPool: string;
  readonly dataPool: string;
  /** Pool for block devices (RBD). */
  readonly blockPool: string;
  /** How long to wait for an active MDS. Default: one minute. */
  readonly timeout?: Milliseconds;
}

export interface Filesystem {
  readonly fsid: string;
  /** Addresses of the monitors, `a.b.c.d:6789`. */
  readonly monitors: readonly string[];
}

/** The subvolumes of one course. */
export interface VolumesSpec {
  readonly cluster: CephCluster;
  readonly filesystem: string;
  /** Subvolume group: one a course. Also part of the names of the clients: `<group>.<owner>`. */
  readonly group: string;
  readonly datasets: readonly { readonly name: string; readonly sizeBytes: Bytes }[];
  readonly homes: readonly { readonly owner: string; readonly sizeBytes: Bytes }[];
}

/** A Ceph client: `id` without the `client.` before it; the key is a secret. */
export interface CephClient {
  readonly id: string;
  readonly key: string;
}

/** A subvolume that was not removed because it holds data. */
export interface KeptVolume {
  readonly name: string;
  readonly path: string;
  readonly usedBytes: Bytes;
}

export interface Volumes {
  /** Path in the file system of each data set. */
  readonly datasets: Readonly<Record<string, string>>;
  /** Path of each owner's home. */
  readonly homes: Readonly<Record<string, string>>;
  /** Each owner's client: reads the data sets, writes the own home, nothing else. */
  readonly clients: Readonly<Record<string, CephClient>>;
  /** Subvolumes no longer asked for that hold data, so that they stay, with no client of their own. */
  readonly kept: readonly KeptVolume[];
}

export { ensureFilesystem, readFilesystem } from "./filesystem";
export { archiveHome, deleteArchivedHome } from "./archive";
export { ensureVolumes, homeOwners, readVolumes, removeVolumes, revokeClients } from "./volumes";
