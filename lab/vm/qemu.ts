import { join } from "node:path";
import type { InventoryMachine } from "../../bare-metal/inventory/inventory";
import { parseSize } from "../../base/units";
import { FaultCollector } from "../../base/faults";

export interface VirtualMachine {
  readonly machine: Pick<InventoryMachine, "name" | "mac" | "hardware">;
  /** Its folder; console.log is what it prints on its serial port. */
  readonly dir: string;
  /** Tap device that it is plugged into. */
  readonly tap: string;
  /** Default: `bios`. */
  readonly firmware?: Firmware;
  /** What its clock shows when it is switched on, as qemu-system-x86_64(1) takes it for `-rtc base`. Default: the time. */
  readonly clock?: string;
}

/** `bios`: SeaBIOS, and iPXE in the network card. `uefi`: OVMF, which has a network boot of its own. */
export type Firmware = "bios" | "uefi";

/** OVMF (Debian's package `ovmf`): its code, and the variables that a machine begins with. */
export const OVMF = { code: "/usr/share/OVMF/OVMF_CODE_4M.fd", variables: "/usr/share/OVMF/OVMF_VARS_4M.fd" };
/** A machine's own variables, in its folder: a copy of {@link OVMF}'s. */
export const UEFI_VARIABLES = "uefi-variables.fd";

/** Longest name of an interface (netdevice(7)), without the final zero. */
const NAME_LIMIT = 15;

/** The tap device of a machine. */
export function tapOf(machine: string): string {
  return `tap-${machine}`.slice(0, NAME_LIMIT);
}

/**
 * QEMU's arguments (qemu-system-x86_64(1)) for a machine as the inventory has it, all but the boot order. Emulated in
 * software: no KVM is needed.
 * @throws {FaultsError} for hardware that a virtual machine cannot have
 */
export function qemuArguments({ machine, dir, tap, firmware = "bios", clock }: VirtualMachine): string[] {
  const { name, mac, hardware } = machine;
  const faults = new FaultCollector();
  const none = (part: string, count: number): void => {
    if (count > 0)
      faults.add(
        `${name}.hardware.${part}`,
        count,
        "a virtual machine has none",
        "leave it out of the inventory",
      );
  };
  none("gpus", hardware.gpus?.count ?? 0);
  none("hcas", hardware.hcas.length);
  faults.throwIfAny(`virtual machine ${name}`);
  const uefi = [
    ["-drive", `if=pflash,format=raw,readonly=on,file=${OVMF.code}`],
    ["-drive", `if=pflash,format=raw,file=${join(dir, UEFI_VARIABLES)}`],
  ];
  // Without a program of its own in the card, the firmware's network boot is what starts.
  const card = `virtio-net-pci,netdev=net0,mac=${mac}${firmware === "uefi" ? ",romfile=" : ""}`;
  const mebibytes = Math.floor((parseSize(hardware.memory) ?? 0) / 2 ** 20);
  return [
    ["-name", name],
    ["-machine", "q35,graphics=off"],
    ["-accel", "tcg,thread=multi,tb-size=512"],
    ["-cpu", "max"],
    ["-smp", String(hardware.cpus)],
    ["-m", String(mebibytes)],
    ["-nodefaults"],
    ["-no-user-config"],
    ["-display", "none"],
    ["-vga", "none"],
    ["-device", "virtio-rng-pci"],
    ["-netdev", `tap,id=net0,ifname=${tap},script=no,downscript=no`],
    ["-device", card],
    ...(firmware === "uefi" ? uefi : []),
    ...(clock === undefined ? [] : [["-rtc", `base=${clock}`]]),
    ["-chardev", `file,id=serial,path=${join(dir, "console.log")},append=on`],
    ["-serial", "chardev:serial"],
    ["-chardev", `pipe,id=monitor,path=${join(dir, "monitor")}`],
    ["-mon", "chardev=monitor"],
  ].flat();
}
