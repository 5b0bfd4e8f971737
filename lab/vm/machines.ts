import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { privateFolder, replaceFile } from "../../base/files";
import { run } from "../../base/run";
import { VM_CHASSIS_CONTROL } from "../bmc";
import { machineFolder } from "../machine";
import type { Room } from "../room";
import { diskArguments } from "./disks";
import { OVMF, qemuArguments, tapOf, UEFI_VARIABLES, type VirtualMachine } from "./qemu";

/** Names of the virtual machines of a room such as lab/vm/room.yaml: those whose addresses lie behind the bridge. */
export function virtualMachines(room: Room): string[] {
  return room.inventory.machines
    .filter(({ address }) => Number(address.split(".")[3]) >= 128)
    .map(({ name }) => name);
}

/** Writes what each BMC needs to start its virtual machine. Idempotent; one that runs is left alone. */
export function writeVirtualMachines(
  room: Room,
  { firmware, clock }: Pick<VirtualMachine, "firmware" | "clock"> = {},
): void {
  for (const machine of room.inventory.machines.filter((m) => virtualMachines(room).includes(m.name))) {
    const dir = machineFolder(room, machine.name);
    privateFolder(dir);
    const variables = join(dir, UEFI_VARIABLES);
    if (firmware === "uefi" && !existsSync(variables)) copyFileSync(OVMF.variables, variables);
    const args = qemuArguments({
      ...{ machine, dir, tap: tapOf(machine.name) },
      ...(firmware && { firmware }),
      ...(clock !== undefined && { clock }),
    });
    replaceFile(join(dir, "qemu.args"), `${[...args, ...diskArguments(dir)].join("\n")}\n`);
  }
}

/** Switches the virtual machines off at once. Idempotent. */
export async function stopVirtualMachines(room: Room): Promise<void> {
  for (const name of virtualMachines(room)) {
    await run(["sh", VM_CHASSIS_CONTROL, machineFolder(room, name), "set", "power", "0"]);
  }
}
