import type {
  HardwareReport,
  Inventory,
  InventoryMachine,
  MachineRole,
} from "../../bare-metal/inventory/inventory";
import { RESERVED } from "../../policies/rules/group-machines";
import { type Room, bytesOf, roomMachines } from "./room";

/** P_Key of the storage partition: storage machines are full members, all others limited, so that only storage is reached through it. */
export const STORAGE_PKEY = 0x0001;
/** Extended resource of the RDMA shared device plugin. */
export const RDMA_RESOURCE = "rdma/hca_shared_devices_a";
/** Extended resource of NVIDIA's device plugin. */
export const GPU_RESOURCE = "nvidia.com/gpu";
/** Pods that may share one HCA. */
export const RDMA_SHARES = 64;

/** One partition of the fabric as the provider takes it. */
export interface PartitionPlan {
  readonly name: string;
  readonly pkey: number;
  readonly ipoib: boolean;
  readonly members: readonly {
    readonly node: string;
    readonly portGuid: string;
    readonly membership: "full" | "limited";
  }[];
}

/** The hardware of an inventory entry as the machine's report must show it. */
export function expectedHardware(machine: InventoryMachine): HardwareReport {
  const { cpus, memory, gpus, hcas } = machine.hardware;
  return {
    cpus,
    memoryBytes: bytesOf(memory),
    gpus: Array.from({ length: gpus?.count ?? 0 }, () => ({
      model: gpus?.model ?? "",
      memoryBytes: bytesOf(gpus?.memory ?? "0"),
    })),
    hcas: hcas.map(({ name, guid, portGuid }) => ({ name, guid, portGuid })),
  };
}

/** The partitions that the site itself needs. */
export function sitePartitions(inventory: Inventory): PartitionPlan[] {
  const members = inventory.machines.flatMap((machine) =>
    machine.hardware.hcas.map(({ portGuid }) => ({
      node: machine.name,
      portGuid,
      membership: machine.role === "storage" ? ("full" as const) : ("limited" as const),
    })),
  );
  return [{ name: "storage", pkey: STORAGE_PKEY, ipoib: true, members }];
}

/** The room as courses are measured against. */
export function planRoom(inventory: Inventory, images: readonly string[]): Room {
  return {
    machines: roomMachines(inventory),
    sitePkeys: [{ owner: "site", pkey: STORAGE_PKEY }],
    images: [...images],
  };
}

/** What of an inventory entry decides the labels and taints of its node. */
export type NodeOf = Pick<InventoryMachine, "name" | "role"> & Partial<Pick<InventoryMachine, "reserved">>;

/** Labels of a node by its role and the hardware that it reported. */
export function nodeLabels(
  { name, role, reserved = false }: NodeOf,
  hardware: Pick<HardwareReport, "gpus" | "hcas">,
): Record<string, string> {
  const gpu = hardware.gpus[0];
  return {
    "kubernetes.io/hostname": name,
    "kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    "lectern.dev/role": role,
    ...(role === "control-plane" ? { "node-role.kubernetes.io/control-plane": "" } : {}),
    ...(gpu === undefined
      ? {}
      : {
          "nvidia.com/gpu.present": "true",
          "nvidia.com/gpu.product": gpu.model,
          "nvidia.com/gpu.count": String(hardware.gpus.length),
          // GPU feature discovery gives MiB.
          "nvidia.com/gpu.memory": String(Math.floor(gpu.memoryBytes / 2 ** 20)),
        }),
    ...(hardware.hcas.length > 0 ? { "lectern.dev/rdma": "true" } : {}),
    ...(reserved ? { [RESERVED]: name } : {}),
  };
}

interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

/** Taints that keep other work off a node: by its role, and by name where it is kept for a group. */
export function nodeTaints({ name, role, reserved = false }: NodeOf): Taint[] {
  return [...roleTaints(role), ...(reserved ? [{ key: RESERVED, value: name, effect: "NoSchedule" }] : [])];
}

function roleTaints(role: MachineRole): Taint[] {
  switch (role) {
    case "control-plane":
      return [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }];
    case "gpu":
      // The admission plug-in ExtendedResourceToleration lets pods that ask for GPUs pass.
      return [{ key: GPU_RESOURCE, value: "present", effect: "NoSchedule" }];
    case "storage":
      return [{ key: "lectern.dev/role", value: "storage", effect: "NoSchedule" }];
    case "cpu":
      return [];
  }
}

/** Capacity of a node as its kubelet and device plugins would report it. */
export function nodeCapacity(hardware: HardwareReport): Record<string, string> {
  return {
    cpu: String(hardware.cpus),
    memory: `${Math.floor(hardware.memoryBytes / 1024)}Ki`,
    pods: "110",
    "ephemeral-storage": "200Gi",
    ...(hardware.gpus.length > 0 ? { [GPU_RESOURCE]: String(hardware.gpus.length) } : {}),
    ...(hardware.hcas.length > 0 ? { [RDMA_RESOURCE]: String(RDMA_SHARES * hardware.hcas.length) } : {}),
  };
}
