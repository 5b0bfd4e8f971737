import { join } from "node:path";
import type { HardwareReport, InventoryMachine } from "../bare-metal/inventory/inventory";
import { hardwareReportSchema } from "../bare-metal/inventory/inventory";
import { parseSize } from "../base/units";
import { readIfThere } from "../base/files";
import type { Room } from "./room";

/**
 * The machine's BMC, which ipmi_sim plays.
 * @throws {Error} for one that speaks Redfish
 */
export function simulatedBmc({ name, bmc }: InventoryMachine) {
  if (bmc.protocol !== "redfish") return bmc;
  throw new Error(`${name}: BMCs of the virtual room speak IPMI; remove bmc.protocol from its inventory`);
}

/** Folder of a machine and its BMC. */
export function machineFolder(room: Pick<Room, "dir">, name: string): string {
  return join(room.dir, "bmc", name);
}

/**
 * What the machine finds in itself when it starts: `hardware.json` of its folder if there is one (a part taken out
 * or changed), else what the inventory says.
 */
export function installedHardware(room: Pick<Room, "dir">, machine: InventoryMachine): HardwareReport {
  const changed = readIfThere(join(machineFolder(room, machine.name), "hardware.json"));
  if (changed !== undefined) return hardwareReportSchema.parse(JSON.parse(changed));
  const { cpus, memory, gpus, hcas } = machine.hardware;
  return {
    cpus,
    memoryBytes: parseSize(memory) ?? 0,
    gpus: gpus
      ? Array.from({ length: gpus.count }, () => ({
          model: gpus.model,
          memoryBytes: parseSize(gpus.memory) ?? 0,
        }))
      : [],
    hcas: hcas.map(({ name, guid, portGuid }) => ({ name, guid, portGuid })),
  };
}
