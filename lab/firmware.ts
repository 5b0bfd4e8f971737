import { join } from "node:path";
import { ProcessFolder } from "../base/processes";
import { readIfThere } from "../base/files";
import { runTypeScript } from "./node";
import { whenReady } from "./ready";
import type { Room } from "./room";

export const FIRMWARE_PROCESS = "firmware";

/**
 * Starts the firmware of the room's machines, one process for all, and waits until it looks after them. Idempotent.
 * @param virtual Names of machines that have firmware of their own.
 */
export async function startFirmware(room: Room, virtual: readonly string[] = []): Promise<void> {
  const readyFile = join(room.dir, "run", "firmware.ready");
  const logFile = join(room.dir, "logs", "firmware.log");
  const processes = new ProcessFolder(join(room.dir, "run"));
  const { pid } = processes.start({
    name: FIRMWARE_PROCESS,
    ...runTypeScript(join(__dirname, "firmware-main.ts"), [readyFile]),
    env: { ...room.env, LECTERN_LAB_VIRTUAL: virtual.join(",") },
    logFile,
  });
  await whenReady({
    processes,
    name: FIRMWARE_PROCESS,
    logFile,
    probe: () => (readIfThere(readyFile)?.trim() === String(pid) ? true : undefined),
    timeout: 20_000,
  });
}
