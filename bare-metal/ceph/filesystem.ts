import type { Filesystem, FilesystemSpec } from "./index";
export async function ensureFilesystem(_spec: FilesystemSpec): Promise<Filesystem> {
  throw new Error("not yet");
}
/** The file system as it is, or undefined if there is none of that name. */
export async function readFilesystem(_spec: FilesystemSpec): Promise<Filesystem | undefined> {
  throw new Error("not yet");
}
