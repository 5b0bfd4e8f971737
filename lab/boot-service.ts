import { join } from "node:path";
import { ProcessFolder } from "../base/processes";
import { BootServiceClient } from "../bare-metal/boot/client";
import { privateFolder } from "../base/files";
import { ensureImages } from "./images";
import { runTypeScript } from "./node";
import { whenReady } from "./ready";
import type { Room } from "./room";

export const BOOT_SERVICE_PROCESS = "boot-service";

/** The administrator's client of the room's boot service. */
export function bootServiceClient(room: Room): BootServiceClient {
  const { address, port } = room.inventory.services.boot;
  return new BootServiceClient({ url: `http://${address}:${port}`, token: room.credentials.bootToken });
}

/** Port of the boot service over TLS, at the address of the plain one. */
export const BOOT_TLS_PORT = 8443;

/**
 * Starts the boot service and waits until it answers the administrator. Idempotent. Its images are those that are there
 * already, else the room's own small ones.
 */
export async function startBootService(room: Room): Promise<void> {
  const { address, port } = room.inventory.services.boot;
  const stateDir = join(room.dir, "boot");
  const logFile = join(room.dir, "logs", "boot-service.log");
  privateFolder(stateDir);
  ensureImages(room);
  const processes = new ProcessFolder(join(room.dir, "run"));
  const program = join(__dirname, "..", "bare-metal", "boot", "main.ts");
  const credentials = join(room.dir, "credentials.json");
  const place = ["--address", address, "--port", String(port), "--tls-port", String(BOOT_TLS_PORT)];
  processes.start({
    name: BOOT_SERVICE_PROCESS,
    ...runTypeScript(program, [...place, "--state-dir", stateDir, "--credentials", credentials]),
    logFile,
  });
  const client = bootServiceClient(room);
  await whenReady({
    processes,
    name: BOOT_SERVICE_PROCESS,
    logFile,
    probe: () => client.list(),
    timeout: 20_000,
  });
}
