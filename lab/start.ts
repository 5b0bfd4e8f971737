import { existsSync } from "node:fs";
import { join } from "node:path";
import { ProcessFolder } from "../base/processes";
import type { Progress } from "../base/progress";
import { startBmcs } from "./bmc";
import { startBootService } from "./boot-service";
import { startCeph, stopCeph } from "./ceph";
import { startFabric, stopFabric } from "./fabric";
import { startFirmware } from "./firmware";
import { startRegistry } from "./registry";
import type { Room } from "./room";

export interface StartRoomOptions {
  readonly progress: Progress;
  /** Stops before the next part starts. */
  readonly signal?: AbortSignal;
}

/** The parts of a room, in the order of their start; those of one step start side by side. */
const PARTS: readonly (readonly [title: string, start: (room: Room) => Promise<void>])[] = [
  ["Ceph", startCeph],
  ["boot service", startBootService],
  ["firmware", startFirmware],
  ["fabric: ibsim, OpenSM", startFabric],
  ["BMCs", startBmcs],
  ["registry", startRegistry],
];

/**
 * Starts every part of the room that does not run, side by side, and waits until all are ready.
 * Idempotent: run again, it repairs what was killed.
 * @throws {AggregateError} with the error of each part that did not start; the others run on
 */
export async function startRoom(room: Room, { progress, signal }: StartRoomOptions): Promise<void> {
  signal?.throwIfAborted();
  const results = await Promise.allSettled(
    PARTS.map(([title, start]) => progress.step(title, () => start(room))),
  );
  signal?.throwIfAborted();
  const errors = results.flatMap((r) => (r.status === "rejected" ? [r.reason as unknown] : []));
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, errors.map((e) => (e as Error).message).join("\n"));
}

/** Stops every process that the room's records name, and no other. Data stays. Idempotent. */
export async function stopRoom(room: Room): Promise<void> {
  const dir = join(room.dir, "run");
  if (!existsSync(dir)) return;
  // The BMCs first: nobody is to switch a machine on while the rest goes.
  const processes = new ProcessFolder(dir);
  await processes.stopAll(processes.names().filter((name) => name.startsWith("bmc-")));
  await Promise.all([stopCeph(room), stopFabric(room)]);
  await processes.stopAll();
}
