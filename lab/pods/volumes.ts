import { readFileSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { privateFolder, replaceFile } from "../../base/files";
import type { ConfigMap, Pod, Secret, Volume } from "./objects";
import type { Mount } from "./command";

/** What a pod's volumes are made of, by name in the pod's namespace. */
export interface VolumeSources {
  configMap(name: string): ConfigMap | undefined;
  secret(name: string): Secret | undefined;
}

/** A volume as it should be: files by relative path, or a folder that the program fills. */
export interface WantedVolume {
  readonly name: string;
  readonly folder: string;
  readonly files?: ReadonlyMap<string, Buffer>;
}

/** A pod's volumes cannot be made yet; kubelet waits for these objects as well. */
export class VolumeNotReady extends Error {}

/**
 * The folders and files of a pod's volumes.
 * @param podDir Folder of the pod. @param nodeDir Stands for the root of its node.
 * @throws {VolumeNotReady} if an object that is not optional is missing
 * @throws {Error} for a kind of volume that the runner does not know
 */
export function wantedVolumes(
  pod: Pod,
  sources: VolumeSources,
  podDir: string,
  nodeDir: string,
): WantedVolume[] {
  return (pod.spec.volumes ?? []).flatMap((volume): WantedVolume[] => {
    if (volume.projected) return [];
    const folder = join(podDir, "volumes", volume.name);
    if (volume.emptyDir) return [{ name: volume.name, folder }];
    if (volume.hostPath) return [{ name: volume.name, folder: inside(nodeDir, volume.hostPath.path) }];
    return [{ name: volume.name, folder, files: volumeFiles(volume, sources) }];
  });
}

function volumeFiles(volume: Volume, sources: VolumeSources): ReadonlyMap<string, Buffer> {
  if (volume.configMap) {
    const object = sources.configMap(volume.configMap.name);
    if (!object && !volume.configMap.optional)
      throw new VolumeNotReady(`configmap ${volume.configMap.name} not found`);
    return pick(volume.configMap.items, [
      ...entries(object?.data, "utf8"),
      ...entries(object?.binaryData, "base64"),
    ]);
  }
  if (volume.secret) {
    const object = sources.secret(volume.secret.secretName);
    if (!object && !volume.secret.optional)
      throw new VolumeNotReady(`secret ${volume.secret.secretName} not found`);
    return pick(volume.secret.items, entries(object?.data, "base64"));
  }
  throw new Error(`volume ${volume.name}: only configMap, secret, emptyDir and hostPath are supported`);
}

function entries(
  data: Readonly<Record<string, string>> | undefined,
  encoding: BufferEncoding,
): [string, Buffer][] {
  return Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, encoding)]);
}

function pick(
  items: readonly { readonly key: string; readonly path: string }[] | undefined,
  all: readonly [string, Buffer][],
): ReadonlyMap<string, Buffer> {
  const data = new Map(all);
  if (!items) return data;
  return new Map(
    items.map(({ key, path }) => {
      const content = data.get(key);
      if (!content) throw new VolumeNotReady(`key ${key} not found`);
      return [path, content];
    }),
  );
}

/**
 * Makes the folders hold exactly these files, mode 0700 and 0600; a file is replaced as a whole or not at all.
 * @returns whether a file was changed
 */
export function writeVolumes(volumes: readonly WantedVolume[]): boolean {
  let changed = false;
  for (const { folder, files } of volumes) {
    privateFolder(folder);
    if (!files) continue;
    for (const [path, content] of files) {
      const file = inside(folder, path);
      if (sameFile(file, content)) continue;
      privateFolder(dirname(file));
      replaceFile(file, content);
      changed = true;
    }
    const wanted = new Set([...files.keys()].map((path) => normalize(path).split("/")[0]));
    for (const entry of readdirSync(folder).filter((e) => !wanted.has(e))) {
      rmSync(join(folder, entry), { recursive: true });
      changed = true;
    }
  }
  return changed;
}

/** The container's mounts on this machine; mounts of volumes that are left out stay as they are. */
export function containerMounts(pod: Pod, volumes: readonly WantedVolume[]): Mount[] {
  const byName = new Map(volumes.map((v) => [v.name, v.folder]));
  return (pod.spec.containers[0]?.volumeMounts ?? []).flatMap((mount) => {
    const folder = byName.get(mount.name);
    if (folder === undefined) return [];
    return [{ mountPath: mount.mountPath, folder: mount.subPath ? inside(folder, mount.subPath) : folder }];
  });
}

/** @throws {Error} if the path would leave the folder */
function inside(folder: string, path: string): string {
  if (path.split("/").includes("..")) throw new Error(`path ${path} leaves its volume`);
  return join(folder, path);
}

function sameFile(file: string, content: Buffer): boolean {
  try {
    return readFileSync(file).equals(content);
  } catch {
    return false;
  }
}
