import { closeSync, openSync, readdirSync, truncateSync } from "node:fs";
import { basename, join } from "node:path";
import { privateFolder } from "../../base/files";
import type { Bytes } from "../../base/units";
import { machineFolder } from "../machine";
import type { Room } from "../room";

const ENDING = ".img";

/**
 * Plugs an empty disk into a virtual machine, sparse; writeVirtualMachines is to be called after it. The machine finds
 * it as `virtio-SERIAL`; the first by its serial is the one that firmware starts from.
 * @returns its file
 */
export function plugDisk(room: Room, machine: string, serial: string, size: Bytes): string {
  const dir = folder(machineFolder(room, machine));
  privateFolder(dir);
  const file = join(dir, `${serial}${ENDING}`);
  closeSync(openSync(file, "wx", 0o600));
  truncateSync(file, size);
  return file;
}

/** QEMU's arguments (qemu-system-x86_64(1)) for the disks of a machine. @param dir The machine's folder. */
export function diskArguments(dir: string): string[] {
  return disksOf(dir).flatMap((serial, i) => [
    "-drive",
    `if=none,id=disk${i},format=raw,file=${join(folder(dir), serial + ENDING)}`,
    "-device",
    `virtio-blk-pci,drive=disk${i},serial=${serial}`,
  ]);
}

function disksOf(dir: string): string[] {
  try {
    return readdirSync(folder(dir))
      .filter((file) => file.endsWith(ENDING))
      .map((file) => basename(file, ENDING))
      .sort();
  } catch {
    return [];
  }
}

function folder(dir: string): string {
  return join(dir, "disks");
}
