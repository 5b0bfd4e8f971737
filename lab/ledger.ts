import { join, resolve } from "node:path";
import { ProcessFolder } from "../base/processes";
import { kubeconfigFile } from "../bare-metal/control-plane/kubeconfig";
import type { Room } from "./room";

/** Port on the API server's address that the recorder serves its metrics at. */
const METRICS_PORT = 9400;

/** Folder of the room's ledger. */
export function ledgerFolder(room: Pick<Room, "dir">): string {
  return join(room.dir, "ledger");
}

/** Its own kubeconfig: it is no administrator. */
const ledgerKubeconfig = (room: Room): string => kubeconfigFile(join(room.dir, "kubernetes"), "ledger");

/** Starts the recorder unless it runs. It waits for the cluster by itself, so that it may be started before there is one. */
export function startLedger(room: Room): void {
  const program = resolve(__dirname, "../bin/lectern.js");
  const listen = `${room.inventory.services.apiServer.address}:${METRICS_PORT}`;
  const flags = ["--dir", ledgerFolder(room), "--kubeconfig", ledgerKubeconfig(room), "--listen", listen];
  new ProcessFolder(join(room.dir, "run")).start({
    name: "ledger",
    argv: [process.execPath, program, "ledger", "serve", ...flags],
    logFile: join(room.dir, "logs", "ledger.log"),
  });
}
