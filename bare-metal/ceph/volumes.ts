import type { KeptVolume, Volumes, VolumesSpec } from "./index";
export async function ensureVolumes(_spec: VolumesSpec): Promise<Volumes> {
  throw new Error("not yet");
}
/** The volumes as they are, or undefined if there is no such group. */
export async function readVolumes(
  _spec: Pick<VolumesSpec, "cluster" | "filesystem" | "group">,
): Promise<Volumes | undefined> {
  throw new Error("not yet");
}
/** Revokes the keys of a group and removes its empty subvolumes. @returns the subvolumes that hold data and stay */
export async function removeVolumes(
  _spec: Pick<VolumesSpec, "cluster" | "filesystem" | "group">,
): Promise<readonly KeptVolume[]> {
  throw new Error("not yet");
}
