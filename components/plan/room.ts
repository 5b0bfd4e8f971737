import type { Inventory, InventoryMachine, MachineRole } from "../../bare-metal/inventory/inventory";
import { type Bytes, parseSize } from "../../base/units";

/** What one machine brings to the room. */
export interface RoomMachine {
  readonly name: string;
  readonly role: MachineRole;
  readonly cpus: number;
  readonly memoryBytes: Bytes;
  readonly gpus: number;
  /** Empty where there are no GPUs. */
  readonly gpuModel: string;
  readonly gpuMemoryBytes: Bytes;
  /** Port GUIDs of its HCAs. */
  readonly portGuids: readonly string[];
  /** Whether it is kept for groups of students. Default false. */
  readonly reserved?: boolean;
}

/** Files that a course reads, of the size `256Mi`. */
export interface Dataset {
  readonly name: string;
  readonly size: string;
}

/** The room as courses are measured against: plain data, an output of the site stack. */
export interface Room {
  readonly machines: readonly RoomMachine[];
  /** Partitions that the site itself uses. */
  readonly sitePkeys: readonly { readonly owner: string; readonly pkey: number }[];
  /** Names of the images in the catalog. */
  readonly images: readonly string[];
  /** Data sets that the site keeps. Default: any that a course names. */
  readonly datasets?: readonly Dataset[];
  /** The semester that is open. Default: any. */
  readonly semester?: string;
  /** Whether GPUs are handed out in slices by memory too. Default: whole ones only. */
  readonly gpuSlices?: boolean;
  /** Courses that the site excepts for now from a rule of Pod Security. */
  readonly podSecurityExceptions?: readonly string[];
}

/** Bytes of a size that the schema has already checked. */
export function bytesOf(size: string): Bytes {
  const bytes = parseSize(size);
  if (bytes === undefined) throw new RangeError(`not a size: ${size}`);
  return bytes;
}

/** The machines of an inventory as room capacity. */
export function roomMachines(inventory: Inventory): RoomMachine[] {
  return inventory.machines.map((machine) => ({
    name: machine.name,
    role: machine.role,
    cpus: machine.hardware.cpus,
    memoryBytes: bytesOf(machine.hardware.memory),
    ...gpusOf(machine),
    portGuids: machine.hardware.hcas.map((h) => h.portGuid),
    ...(machine.reserved ? { reserved: true } : {}),
  }));
}

function gpusOf(machine: InventoryMachine): Pick<RoomMachine, "gpus" | "gpuModel" | "gpuMemoryBytes"> {
  const gpus = machine.hardware.gpus;
  return gpus === undefined
    ? { gpus: 0, gpuModel: "", gpuMemoryBytes: 0 }
    : { gpus: gpus.count, gpuModel: gpus.model, gpuMemoryBytes: bytesOf(gpus.memory) };
}

/** Whole GPUs of the given machines. */
export function countGpus(machines: readonly Pick<RoomMachine, "gpus">[]): number {
  return machines.reduce((sum, m) => sum + m.gpus, 0);
}

/** The GPUs of a room in words, by model: `16 × NVIDIA-A100-SXM4-80GB, 16 × Tesla-V100-SXM2-32GB`. */
export function describeGpus(machines: readonly RoomMachine[]): string {
  const byModel = new Map<string, number>();
  for (const m of machines) if (m.gpus > 0) byModel.set(m.gpuModel, (byModel.get(m.gpuModel) ?? 0) + m.gpus);
  return [...byModel].map(([model, count]) => `${count} × ${model}`).join(", ") || "none";
}
