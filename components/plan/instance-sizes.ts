import type { FaultCollector } from "../../base/faults";
import type { AskedSize } from "../../policies/size-approvals";
import { formatSize } from "../../base/units";
import type { GpuShare } from "./gpu-shares";
import { bytesOf, type RoomMachine } from "./room";
import { GPU_RESOURCE, RDMA_RESOURCE } from "./site-plan";

/** One instance size that a course offers. */
export interface InstanceSize {
  readonly name: string;
  readonly cpus: number;
  readonly memory: string;
  /** Whole GPUs, or slices where there is a gpuMemory. */
  readonly gpus: number;
  /** Memory of each slice. Default: whole GPUs. */
  readonly gpuMemory?: string | undefined;
  readonly rdma: boolean;
  /** Pods of it that the course may have at once. Default: as many as its GPUs, or its people, make. */
  readonly quota?: number | undefined;
  /** Whether students ask for it, and get it when a teacher approves. Default: it is for everybody. */
  readonly approval?: boolean | undefined;
}

/** Memory of a slice in MiB, as HAMi's scheduler names it (HAMi, "Allocate device memory"). */
export const GPU_MEMORY_RESOURCE = "nvidia.com/gpumem";

/** What a pod of a size asks for, in the names of the resources. */
export function resourcesOf(size: InstanceSize): Record<string, string> {
  return {
    cpu: String(size.cpus),
    memory: size.memory,
    ...(size.gpus > 0 ? { [GPU_RESOURCE]: String(size.gpus) } : {}),
    ...(size.gpuMemory === undefined
      ? {}
      : { [GPU_MEMORY_RESOURCE]: String(Math.floor(bytesOf(size.gpuMemory) / 2 ** 20)) }),
    ...(size.rdma ? { [RDMA_RESOURCE]: "1" } : {}),
  };
}

/** How many pods of a size a course may have at once. */
export interface SizeQuota {
  readonly size: string;
  /** Of the size, from 1, as the config lists them. */
  readonly number: number;
  readonly pods: number;
  /** What says so: the size in the course's config, the course's GPUs, or the course's own quota of pods. */
  readonly by: "config" | "gpus" | "course";
}

/**
 * The quota of each size: what the course says, else as many as the course's GPUs make, or, without GPUs, as all of its
 * pods. At least one. Pure.
 */
export function sizeQuotas(
  sizes: readonly InstanceSize[],
  { gpus, pods }: { readonly gpus: number; readonly pods: number },
): SizeQuota[] {
  return sizes.map(({ name, gpus: each, quota }, i) => ({
    size: name,
    number: i + 1,
    pods: quota ?? (each === 0 ? pods : Math.max(1, Math.floor(gpus / each))),
    by: quota !== undefined ? "config" : each === 0 ? "course" : "gpus",
  }));
}

/** The sizes that students ask for, each with its number. Pure. */
export const askedSizes = (sizes: readonly InstanceSize[]): readonly AskedSize[] =>
  sizes.flatMap(({ name, approval }, i) => (approval ? [{ name, number: i + 1 }] : []));

/** Whether each size fits a machine of the course and the course's share. */
export function sizeFaults(
  sizes: readonly InstanceSize[],
  share: GpuShare,
  machines: readonly RoomMachine[],
  slices: boolean,
  faults: FaultCollector,
): void {
  sizes.forEach((size, i) => {
    const path = `lectern:course.sizes[${i}]`;
    const memory = bytesOf(size.memory);
    const slice = size.gpuMemory === undefined ? 0 : bytesOf(size.gpuMemory);
    if (slice > 0 && !slices) {
      faults.add(`${path}.gpuMemory`, size.gpuMemory, "the site hands out whole GPUs only", "leave it out");
    }
    const fits = machines.some(
      (m) =>
        m.gpus >= size.gpus && m.cpus >= size.cpus && m.memoryBytes >= memory && m.gpuMemoryBytes >= slice,
    );
    if (!fits) {
      const biggest = machines.map(
        (m) => `${m.name} ${m.gpus} GPUs, ${m.cpus} cores, ${formatSize(m.memoryBytes)}`,
      );
      const value = `${size.gpus} GPUs, ${size.cpus} cores, ${size.memory}`;
      faults.add(
        path,
        value,
        "fits on no machine of the course",
        `at most what one has: ${biggest.join("; ") || "none"}`,
      );
    }
    if (size.gpus > share.capability) {
      faults.add(
        `${path}.gpus`,
        size.gpus,
        `above the course's capability (${share.capability})`,
        "a smaller size, or a larger capability",
      );
    }
    if (size.gpus === 0 && size.gpuMemory !== undefined) {
      faults.add(`${path}.gpuMemory`, size.gpuMemory, "a slice of no GPU", "gpus: 1, or leave it out");
    }
    const most = size.gpus === 0 ? Infinity : Math.floor(share.capability / size.gpus);
    if (size.quota !== undefined && size.gpus <= share.capability && size.quota > most) {
      const problem = `${size.quota} × ${size.gpus} GPUs are above the course's capability (${share.capability})`;
      faults.add(`${path}.quota`, size.quota, problem, `at most ${most}, or leave it out`);
    }
    if (size.rdma && !machines.some((m) => m.portGuids.length > 0)) {
      faults.add(`${path}.rdma`, size.rdma, "no machine of the course has an HCA", "rdma: false");
    }
  });
}
