import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../base/run";
import type { Room } from "./room";

/** Folders of this machine where a student's volumes are mounted with the student's own key. */
export interface StudentMounts {
  readonly home: string;
  readonly dataset: string;
}

interface VolumeOutputs {
  readonly homes: Readonly<Record<string, string>>;
  readonly datasets: Readonly<Record<string, string>>;
  readonly storageClients: Readonly<Record<string, { readonly id: string; readonly key: string }>>;
}

/**
 * Mounts a student's home and the first data set of their course with ceph-fuse, and unmounts them again.
 * @param outputs Outputs of the course's stack, secrets in clear.
 * @param scratch An empty folder for the key and the mount points.
 */
export async function withStudentMounts<T>(
  room: Room,
  outputs: Record<string, unknown>,
  student: string,
  scratch: string,
  work: (mounts: StudentMounts) => T | Promise<T>,
): Promise<T> {
  const { homes, datasets, storageClients } = outputs as unknown as VolumeOutputs;
  const client = storageClients[student];
  const [homePath, datasetPath] = [homes[student], Object.values(datasets)[0]];
  if (client === undefined || homePath === undefined || datasetPath === undefined) {
    throw new Error(`the course has no home, data set or storage client for ${student}`);
  }
  const keyring = join(scratch, "student.keyring");
  writeFileSync(keyring, `[client.${client.id}]\n\tkey = ${client.key}\n`, { mode: 0o600 });
  const mounted: string[] = [];
  const mount = async (name: string, path: string): Promise<string> => {
    const at = join(scratch, name);
    mkdirSync(at);
    const conf = join(room.dir, "ceph/ceph.conf");
    await run([
      "ceph-fuse",
      "-c",
      conf,
      "-n",
      `client.${client.id}`,
      "-k",
      keyring,
      "--client_fs",
      "cephfs",
      "-r",
      path,
      at,
    ]);
    mounted.push(at);
    return at;
  };
  try {
    return await work({ home: await mount("home", homePath), dataset: await mount("dataset", datasetPath) });
  } finally {
    for (const at of mounted) await run(["umount", at]);
  }
}
