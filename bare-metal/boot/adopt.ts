import { formatSize } from "../../base/units";
import type { Discovery } from "./record";

export interface Adoption {
  readonly name: string;
  /** Address of its BMC, and the user there. */
  readonly bmc: string;
  readonly bmcUser: string;
  readonly address: string;
}

/**
 * The inventory's entry of a machine that was discovered. What the machine cannot know of itself, the switch that each
 * HCA is cabled to, is left as `?` for the operator.
 */
export function inventoryEntry(
  { mac, hardware }: Discovery,
  { name, bmc, bmcUser, address }: Adoption,
): object {
  const { cpus, memoryBytes, gpus, hcas } = hardware;
  const [gpu] = gpus;
  return {
    name,
    role: gpu ? "gpu" : "cpu",
    bmc: { address: bmc, user: bmcUser },
    mac,
    address,
    hardware: {
      cpus,
      memory: memorySize(memoryBytes),
      ...(gpu && {
        gpus: {
          model: gpu.model,
          count: gpus.length,
          memory: formatSize(Math.round(gpu.memoryBytes / 2 ** 30) * 2 ** 30),
        },
      }),
      ...(hcas.length > 0 && { hcas: hcas.map((hca) => ({ ...hca, switch: "?" })) }),
    },
  };
}

/** Firmware and kernel keep a part for themselves: the next even number of GiB is what was bought. */
function memorySize(bytes: number): string {
  return formatSize(Math.ceil(bytes / 2 ** 31) * 2 ** 31);
}
