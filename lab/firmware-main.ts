import { watch } from "node:fs";
import { privateFolder, replaceFile } from "../base/files";
import { FirmwareMachine } from "./firmware-machine";
import { openRoomFolder } from "./room";

/**
 * The firmware of all machines of the room `$LECTERN_ROOM_DIR`, as a process; writes its pid to the file `argv[2]`
 * once it looks after every machine. `$LECTERN_LAB_VIRTUAL`: names, with commas, of machines that have firmware of their own. `$LECTERN_LAB_BOOT_SECONDS`: how long a boot takes at least; default 0.
 */
function main(): void {
  const [, , readyFile] = process.argv;
  const dir = process.env["LECTERN_ROOM_DIR"];
  if (!readyFile || !dir) throw new Error("usage: LECTERN_ROOM_DIR=DIR firmware-main.ts READY-FILE");
  const room = openRoomFolder(dir);
  const bootTime = Number(process.env["LECTERN_LAB_BOOT_SECONDS"] ?? 0) * 1000;
  if (!(bootTime >= 0))
    throw new Error("LECTERN_LAB_BOOT_SECONDS is not a number of seconds; unset or correct it");
  const log = (line: string): void => void process.stdout.write(`${new Date().toISOString()} ${line}\n`);

  const virtual = (process.env["LECTERN_LAB_VIRTUAL"] ?? "").split(",");
  for (const entry of room.inventory.machines.filter((m) => !virtual.includes(m.name))) {
    const machine = new FirmwareMachine(room, entry, { bootTime, log });
    privateFolder(machine.dir);
    // Watch first, then look: what changes in between is seen by one of the two.
    watch(machine.dir, () => machine.reconcile());
    machine.reconcile();
  }
  replaceFile(readyFile, `${process.pid}\n`);
}

main();
