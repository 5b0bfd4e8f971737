import { rmSync } from "node:fs";
import type { Progress } from "../base/progress";
import { stackNames } from "../base/stack-names";
import { ensurePackages } from "../toolchain/debian";
import { linkPulumiPlugins } from "../toolchain/pulumi-home";
import { ensureTools, type Toolbox } from "../toolchain/resolve";
import { PROJECT_DIR, pulumiHome, roomVariables } from "./environment";
import { startLedger } from "./ledger";
import { endLeftBehind } from "./left-behind";
import { startPodRunner, stopPodRunner, writeRoomStages } from "./pods";
import { runProof, type ProofStep } from "./proof";
import { RoomPulumi } from "./pulumi";
import { createRoom, openRoom, type Room } from "./room";
import { startRoom, stopRoom } from "./start";
import { roomStatus, type RoomStatus } from "./status";

export interface LabOptions {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** The site stack of the lab. Every other stack of the project is a course of it. */
const SITE_STACK = "lab";

/** Name of the room that the environment asks for. */
export function roomName(): string {
  return process.env["LECTERN_ROOM"] || "lab";
}

/** The room, set up and running, and what is needed to work on it. */
export interface RunningRoom {
  readonly room: Room;
  readonly toolbox: Toolbox;
  readonly variables: Readonly<Record<string, string>>;
  readonly pulumi: RoomPulumi;
}

/** Everything from packages to the proof. Safe to run again at any point. */
export async function labUp(
  options: LabOptions & { readonly proof?: boolean },
): Promise<readonly ProofStep[]> {
  const running = await startLab(options);
  const { progress } = options;
  await progress.step(`pulumi up -s ${SITE_STACK}`, (note) => running.pulumi.up(SITE_STACK, note));
  await Promise.all(
    courseStacks().map((stack) =>
      progress.step(`pulumi up -s ${stack}`, (note) => running.pulumi.up(stack, note)),
    ),
  );
  return options.proof === false ? [] : runProof(running, progress);
}

/** Packages, tools, the room's own processes: all that comes before the first `pulumi up`. */
export async function startLab({ progress, signal }: LabOptions): Promise<RunningRoom> {
  const [toolbox] = await Promise.all([
    ensureTools("lab", { progress, signal }),
    ensurePackages(["lab"], { progress, signal }),
  ]);
  const room = await createRoom(roomName(), PROJECT_DIR);
  await startParts(room, toolbox, { progress, signal });
  await endLeftBehind(pulumiHome(room));
  linkPulumiPlugins(pulumiHome(room), toolbox);
  const variables = roomVariables(room, toolbox);
  return { room, toolbox, variables, pulumi: new RoomPulumi(room, variables, signal) };
}

/** The room's processes, and the runner of those pods that really run. */
async function startParts(room: Room, toolbox: Toolbox, options: LabOptions): Promise<void> {
  // kwok reads its stages once, when the control plane starts.
  writeRoomStages(room, toolbox);
  await startRoom(room, options);
  startPodRunner(room, toolbox, { podNetwork: room.inventory.networks.pods });
  startLedger(room);
}

/** A room that was made before, with the tools that are there already. */
export async function openLab({ signal }: { readonly signal?: AbortSignal } = {}): Promise<RunningRoom> {
  const room = openRoom(roomName(), PROJECT_DIR);
  const toolbox = await ensureTools("lab", { offline: true });
  const variables = roomVariables(room, toolbox);
  return { room, toolbox, variables, pulumi: new RoomPulumi(room, variables, signal) };
}

/**
 * Destroys the stacks through Pulumi, courses first, then stops what the room started.
 * @param options.purge Removes the room's folder too, with every home in it. Default: it stays.
 */
export async function labDown({
  progress,
  signal,
  purge = false,
}: LabOptions & { readonly purge?: boolean }): Promise<void> {
  const { room, toolbox, pulumi } = await openLab({ signal });
  const stacks = await pulumi.stacks();
  if (stacks.length > 0) {
    // What is to be destroyed is reached through the room's own services.
    await startParts(room, toolbox, { progress, signal });
    const destroy = (stack: string) =>
      progress.step(`pulumi destroy -s ${stack}`, (note) => pulumi.destroy(stack, note));
    await Promise.all(stacks.filter((s) => s !== SITE_STACK).map(destroy));
    if (stacks.includes(SITE_STACK)) await destroy(SITE_STACK);
  }
  await progress.step("stop the room", async () => {
    await stopPodRunner(room);
    await stopRoom(room);
    await endLeftBehind(pulumiHome(room));
  });
  if (purge) rmSync(room.dir, { recursive: true, force: true });
}

/** The room as it is now. */
export async function labStatus(): Promise<RoomStatus> {
  const { room, toolbox } = await openLab();
  return roomStatus(room, toolbox);
}

/** The variables for a shell. */
export async function labEnvironment(): Promise<Readonly<Record<string, string>>> {
  return (await openLab()).variables;
}

/** Stacks of the project's folder that are courses of the lab. */
export function courseStacks(): string[] {
  return stackNames(PROJECT_DIR).filter((stack) => stack !== SITE_STACK);
}
