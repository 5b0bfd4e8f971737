import { createHash } from "node:crypto";
import { execFile, execFileSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ProcessFolder } from "../base/processes";
import { privateFolder, replaceFile } from "../base/files";
import { renderNetlist } from "./netlist";
import { whenReady } from "./ready";
import type { Room } from "./room";

export const FABRIC_PROCESSES = ["opensm", "ibsim"] as const;

/** The management partition: every port limited, the subnet manager full, so that hosts reach it and not one another. */
const INITIAL_PARTITIONS = "Default=0x7fff, ipoib : ALL=limited, SELF=full ;\n";

/** How programs of infiniband-diags are run so that they see the room's fabric. */
export interface FabricEnvironment {
  /** Put before the program and its arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The room's fabric as a host of it sees it.
 * @param host Machine by name. Default: the subnet manager's.
 */
export function fabricEnvironment(room: Room, host = room.inventory.fabric.subnetManager): FabricEnvironment {
  const dir = fabricFolder(room);
  return {
    // umad2sim leaves a folder sys-PID where the program runs: keep those in one place.
    command: ["env", "-C", dir, "ibsim-run"],
    env: { ...socketName(room), SIM_HOST: host, OSM_TMP_DIR: dir, OSM_CACHE_DIR: dir },
  };
}

/** Starts the fabric (ibsim) and its subnet manager (OpenSM) and waits until every HCA's port is Active. Idempotent. */
export async function startFabric(room: Room): Promise<void> {
  const dir = fabricFolder(room);
  privateFolder(join(dir, "fragments"));
  const partitions = join(dir, "partitions.conf");
  if (!existsSync(partitions)) replaceFile(partitions, INITIAL_PARTITIONS, { mode: 0o644 });
  replaceFile(join(dir, "net"), renderNetlist(room.inventory), { mode: 0o644 });
  const fifo = join(dir, "console");
  if (!existsSync(fifo)) execFileSync("mkfifo", ["-m", "600", fifo]);

  const processes = new ProcessFolder(join(room.dir, "run"));
  // OpenSM that outlived its fabric has nothing to attach to.
  if (!processes.find("ibsim")) await processes.stop("opensm");
  const { command, env } = fabricEnvironment(room);
  const ibsimLog = join(room.dir, "logs", "ibsim.log");
  processes.start({
    name: "ibsim",
    argv: ["ibsim", "-s", "net"],
    cwd: dir,
    env,
    stdin: fifo,
    logFile: ibsimLog,
  });
  const hosts = room.inventory.machines.filter((m) => m.hardware.hcas.length > 0).map((m) => m.name);
  const manager = env["SIM_HOST"] ?? "";
  await whenReady({
    processes,
    name: "ibsim",
    logFile: ibsimLog,
    probe: async () => ((await portState(room, manager)) === undefined ? undefined : true),
    timeout: 20_000,
  });

  const guid = room.inventory.machines.find((m) => m.name === manager)?.hardware.hcas[0]?.portGuid ?? "";
  const osmLog = join(dir, "osm.log");
  processes.start({
    name: "opensm",
    argv: [
      command[0] as string,
      ...command.slice(1),
      "opensm",
      "-g",
      guid,
      "-P",
      partitions,
      "-f",
      osmLog,
      "-s",
      "5",
    ],
    env,
    logFile: join(room.dir, "logs", "opensm.log"),
  });
  await whenReady({
    processes,
    name: "opensm",
    logFile: osmLog,
    probe: async () => {
      const states = await Promise.all(hosts.map((host) => portState(room, host)));
      return states.every((state) => state === "Active") ? true : undefined;
    },
    timeout: 30_000,
  });
}

/** Stops OpenSM, then the fabric, and removes what clients of the fabric left. */
export async function stopFabric(room: Room): Promise<void> {
  const processes = new ProcessFolder(join(room.dir, "run"));
  await processes.stop("opensm");
  await processes.stop("ibsim");
  const dir = fabricFolder(room);
  if (!existsSync(dir)) return;
  for (const left of readdirSync(dir).filter((name) => /^sys-\d+$/.test(name))) {
    rmSync(join(dir, left), { recursive: true, force: true });
  }
}

/** State of a host's first port as its own ibstat tells it, such as `Active`; undefined if there is no answer. */
async function portState(room: Room, host: string): Promise<string | undefined> {
  const { command, env } = fabricEnvironment(room, host);
  const [program = "", ...args] = [...command, "ibstat"];
  const { stdout } = await promisify(execFile)(program, args, {
    env: { ...process.env, ...env },
    timeout: 5_000,
  });
  return /State: (\w+)/.exec(stdout)?.[1];
}

function fabricFolder(room: Room): string {
  return join(room.dir, "fabric");
}

/** ibsim's sockets are named for the whole machine: a name that no other room has. */
function socketName(room: Room): { IBSIM_SOCKNAME: string } {
  return { IBSIM_SOCKNAME: `lectern-${createHash("sha256").update(room.dir).digest("hex").slice(0, 12)}` };
}
