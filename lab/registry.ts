import { join } from "node:path";
import { stringify } from "yaml";
import { ProcessFolder } from "../base/processes";
import { privateFolder, replaceFile } from "../base/files";
import { whenReady } from "./ready";
import type { Room } from "./room";

export const REGISTRY_PROCESS = "registry";

/** Starts the image registry (CNCF Distribution) and waits until it answers its API. Idempotent. */
export async function startRegistry(room: Room): Promise<void> {
  const dir = join(room.dir, "registry");
  const { address, port } = room.inventory.services.registry;
  privateFolder(join(dir, "data"));
  const config = {
    version: 0.1,
    log: { level: "warn" },
    storage: { filesystem: { rootdirectory: join(dir, "data") }, delete: { enabled: true } },
    http: { addr: `${address}:${port}` },
  };
  replaceFile(join(dir, "config.yml"), stringify(config));
  const processes = new ProcessFolder(join(room.dir, "run"));
  const logFile = join(room.dir, "logs", "registry.log");
  const argv = ["docker-registry", "serve", join(dir, "config.yml")] as const;
  processes.start({ name: REGISTRY_PROCESS, argv: [...argv], logFile });
  await whenReady({
    processes,
    name: REGISTRY_PROCESS,
    logFile,
    probe: async () => ((await fetch(`http://${address}:${port}/v2/`)).ok ? true : undefined),
    timeout: 20_000,
  });
}
