import { writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { privateFolder } from "../base/files";
import { cidrRange, numberToIpv4 } from "../base/network";
import { ProcessFolder } from "../base/processes";
import type { Toolbox } from "../toolchain/toolbox";
import type { PodRunnerConfig } from "./pods/config";
import { clearLeftovers } from "./pods/runner";
import { writeStages } from "./pods/stages";
import { volcanoPrograms } from "./pods/volcano";

/** What of a room the pod runner needs. */
export interface PodRunnerRoom {
  /** The room's folder. */
  readonly dir: string;
}

/** The tools that must be in the toolbox. */
export const POD_RUNNER_TOOLS = [
  "vc-scheduler",
  "vc-controller-manager",
  "vc-webhook-manager",
  "kubectl",
  "kwok",
] as const;

/** Name of the daemon's record in the room's `run/`. */
const DAEMON = "pods";

/** Longer than a pod's programs get when the daemon stops. */
const STOP_MS = 15_000;

function programs(toolbox: Toolbox): PodRunnerConfig["programs"] {
  return volcanoPrograms({
    scheduler: toolbox.path("vc-scheduler"),
    controllerManager: toolbox.path("vc-controller-manager"),
    webhookManager: toolbox.path("vc-webhook-manager"),
    admissionSecret: toolbox.data("volcano-admission-secret"),
  });
}

/**
 * Writes kwok's stages for this room, which leave to the runner the pods that it runs. To be done before the control
 * plane starts: kwok reads them once.
 * @returns the folder for LECTERN_KWOK_STAGES
 */
export function writeRoomStages(room: PodRunnerRoom, toolbox: Toolbox): string {
  const dir = join(room.dir, "pods", "stages");
  const images = programs(toolbox).map((p) => p.image);
  writeStages(dir, toolbox.data("kwok-stages"), images);
  return dir;
}

/**
 * Starts the daemon that runs Volcano's pods, unless it runs. It waits for the cluster by itself, so that it may be
 * started before there is one.
 * @param options.podNetwork The room's pod network; the pods that really run have addresses of its last /24.
 * @param options.namespaces Default: volcano-system.
 */
export function startPodRunner(
  room: PodRunnerRoom,
  toolbox: Toolbox,
  options: { readonly podNetwork: string; readonly namespaces?: readonly string[] },
): void {
  const dir = join(room.dir, "pods");
  const config: PodRunnerConfig = {
    kubeconfig: resolve(room.dir, "kubernetes", "admin.kubeconfig"),
    dir: resolve(dir),
    logs: resolve(room.dir, "logs", "pods"),
    addresses: lastNetwork24(options.podNetwork),
    namespaces: [...(options.namespaces ?? ["volcano-system"])],
    path: [dirname(toolbox.path("kubectl"))],
    programs: programs(toolbox),
  };
  privateFolder(dir);
  const file = join(dir, "config.json");
  writeFileSync(file, JSON.stringify(config, undefined, 2), { mode: 0o600 });
  new ProcessFolder(join(room.dir, "run")).start({
    name: DAEMON,
    argv: [
      process.execPath,
      "-r",
      "lectern/register",
      join(__dirname, "pods", "main.ts"),
      "--config",
      resolve(file),
    ],
    // Where lectern/register is found.
    cwd: resolve(__dirname, ".."),
    logFile: join(room.dir, "logs", "pods.log"),
  });
}

/** Stops the daemon and every pod's program; gives back every address, also if the daemon had died. Idempotent. */
export async function stopPodRunner(room: PodRunnerRoom): Promise<void> {
  await new ProcessFolder(join(room.dir, "run")).stop(DAEMON, STOP_MS);
  await clearLeftovers(join(room.dir, "pods"));
}

/** Nodes get theirs from the low end (kube-controller-manager), so the last is free of them longest. */
function lastNetwork24(podNetwork: string): string {
  const range = cidrRange(podNetwork);
  if (!range || range[1] - range[0] < 511)
    throw new Error(`pod network ${podNetwork}: must be a /23 or larger`);
  return `${numberToIpv4(range[1] - 255)}/24`;
}
