import type { Progress } from "../base/progress";
import type { CloseBackend, VerifiedArchive } from "./backend";
import type { Journal } from "./journal";
import { type ClosePlan, courseSteps, machineSteps, type Step, stepName } from "./plan";

/** How one course, or the machines, came out. */
export interface LaneResult {
  readonly name: string;
  /** Steps that this run did, and those that were done before. */
  readonly done: number;
  readonly before: number;
  readonly left: number;
  readonly error?: string;
}

export interface CloseResult {
  readonly semester: string;
  readonly closed: boolean;
  readonly lanes: readonly LaneResult[];
}

/** What a close needs of its journal. */
export type CloseJournal = Pick<Journal, "plan" | "done" | "write">;

export interface CloseOptions {
  readonly journal: CloseJournal;
  readonly backend: CloseBackend;
  readonly progress: Progress;
  /** Courses side by side. Default 2. */
  readonly parallel?: number;
  /** Stops before the next step. */
  readonly signal?: AbortSignal;
}

/** How many machines are drained and shut down side by side: most of the time of each is waiting. */
export const MACHINES_AT_ONCE = 16;
/** The name of the lane of the machines. */
export const MACHINES = "machines";

/**
 * Closes a semester, or goes on where a close was killed. A step is written down before it happens and after; one that
 * is done is not done again, one that may be is asked to do what is left. A course whose step fails stops there, the
 * others go on, and machines are released only when all are through.
 * @param plan What to close, if this is the beginning; a journal that has a plan goes by that.
 */
export async function closeSemester(plan: ClosePlan, options: CloseOptions): Promise<CloseResult> {
  const { journal, parallel = 2 } = options;
  if (journal.plan === undefined) journal.write({ entry: "plan", plan });
  const found = journal.plan ?? plan;
  const lanes = await inParallel(found.courses, parallel, (course) =>
    runLane(course.name, courseSteps(course), options),
  );
  const through = lanes.every((lane) => lane.left === 0);
  const machines = machineSteps(found);
  const last = through
    ? await runLane(MACHINES, machines, options, MACHINES_AT_ONCE)
    : { name: MACHINES, done: 0, before: 0, left: machines.length };
  return { semester: found.semester, closed: through && last.left === 0, lanes: [...lanes, last] };
}

/** @param atOnce Steps side by side, where they do not need one another. */
async function runLane(
  name: string,
  steps: readonly Step[],
  { journal, backend, progress, signal }: CloseOptions,
  atOnce = 1,
): Promise<LaneResult> {
  const open = steps.filter((step) => journal.done(stepName(step)) === undefined);
  const before = steps.length - open.length;
  if (open.length === 0) return { name, done: 0, before, left: 0 };
  let done = 0;
  const errors: Error[] = [];
  const lane = async (note: (text: string) => void): Promise<void> => {
    await inParallel(open, atOnce, async (step) => {
      if (errors.length > 0) return;
      signal?.throwIfAborted();
      const called = stepName(step);
      note(`${before + done + 1}/${steps.length} ${called}`);
      journal.write({ entry: "begin", step: called });
      try {
        const result = await act(step, backend, journal);
        journal.write({ entry: "done", step: called, ...(result === undefined ? {} : { result }) });
        done += 1;
      } catch (error) {
        journal.write({ entry: "failed", step: called, error: (error as Error).message });
        errors.push(new Error(`${called}: ${(error as Error).message}`, { cause: error }));
      }
    });
    if (errors.length > 0) throw new Error(errors.map((error) => error.message).join("\n"));
  };
  try {
    await progress.step(`close ${name}`, lane);
    return { name, done, before, left: 0 };
  } catch (error) {
    signal?.throwIfAborted();
    return { name, done, before, left: open.length - done, error: (error as Error).message };
  }
}

/** @returns what the journal keeps of it */
function act(step: Step, backend: CloseBackend, journal: CloseJournal): Promise<unknown> {
  switch (step.act) {
    case "freeze":
      return backend.freeze(step.course);
    case "archive":
      return backend.archive(step.course, step.owner);
    case "export-ledger":
      return backend.exportLedger(step.course);
    case "revoke-codes":
      return backend.revokeCodes(step.course);
    case "revoke-tokens":
      return backend.revokeTokens(step.course);
    case "revoke-keys":
      return backend.revokeKeys(step.course);
    case "delete-namespace":
      return backend.deleteNamespace(step.course);
    case "return-pkey":
      return backend.returnPkey(step.course);
    case "delete-home":
      return deleteHome(step.course, step.owner, backend, journal);
    case "release-machine":
      return backend.releaseMachine(step.machine);
  }
}

/** A home that was written to between its archive and the end of all access is archived again before it goes. */
async function deleteHome(
  course: string,
  owner: string,
  backend: CloseBackend,
  journal: CloseJournal,
): Promise<VerifiedArchive> {
  const first = journal.done(stepName({ act: "archive", course, owner }));
  if (first === undefined) throw new Error("the home has no verified archive");
  const archive = await backend.archive(course, owner);
  await backend.deleteHome(course, owner, archive);
  return archive;
}

/** Runs the work on all things, some at a time; results in the order of the things. */
export async function inParallel<T, R>(
  things: readonly T[],
  parallel: number,
  work: (thing: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < things.length; i = next++) results[i] = await work(things[i] as T);
  };
  await Promise.all(Array.from({ length: Math.min(Math.max(1, parallel), things.length) }, worker));
  return results;
}
