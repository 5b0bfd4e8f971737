import { z } from "zod";

const path = z.string().startsWith("/", "not an absolute path");
const entity = z
  .string()
  .regex(/^[a-z0-9][-a-z0-9_.]{0,62}$/, "not a name of a-z, 0-9, -, _ and ., at most 63");

/** How a Ceph cluster is reached: the files that `ceph --conf --keyring` takes. */
const cluster = z.strictObject({
  /** Absolute path of ceph.conf. */
  conf: path,
  /** Absolute path of the administrator's keyring. */
  keyring: path,
});

export const cephFilesystemInputsSchema = z.strictObject({
  cluster,
  /** Name of the file system. A change replaces. */
  name: entity,
  metadataPool: entity,
  dataPool: entity,
  /** Pool for block devices. */
  blockPool: entity,
});

export type CephFilesystemArguments = z.input<typeof cephFilesystemInputsSchema>;
export type CephFilesystemInputs = z.output<typeof cephFilesystemInputsSchema>;

export interface CephFilesystemOutputs extends CephFilesystemInputs {
  /** The cluster's UUID. */
  readonly fsid: string;
  /** Addresses of the monitors, `host:port`. */
  readonly monitors: readonly string[];
}

export const cephVolumesInputsSchema = z.strictObject({
  cluster,
  /** Name of the file system that holds them. A change replaces. */
  filesystem: entity,
  /** Subvolume group: one per course. A change replaces. */
  group: entity,
  /** Volumes that students read. */
  datasets: z.array(z.strictObject({ name: entity, sizeBytes: z.int().min(1) })),
  /** Volumes that one student each writes. */
  homes: z.array(z.strictObject({ owner: entity, sizeBytes: z.int().min(1) })),
});

export type CephVolumesArguments = z.input<typeof cephVolumesInputsSchema>;
export type CephVolumesInputs = z.output<typeof cephVolumesInputsSchema>;

/** A cephx client that reads the data sets of its course and writes its own home. */
export interface CephClient {
  /** Without the `client.` before it. */
  readonly id: string;
  readonly key: string;
}

/** Inputs `datasets` and `homes` are lists; the outputs of that name map each to its path in the file system. */
export interface CephVolumesOutputs extends Omit<CephVolumesInputs, "datasets" | "homes"> {
  /** Path of each data set, by name. */
  readonly datasets: Readonly<Record<string, string>>;
  /** Path of each home, by owner. */
  readonly homes: Readonly<Record<string, string>>;
  /** Secret. */
  readonly clients: Readonly<Record<string, CephClient>>;
}
