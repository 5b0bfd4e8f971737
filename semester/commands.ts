import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { Progress } from "../base/progress";
import { KubeApi, parseKubeconfig } from "../base/kubernetes/api";
import { type CephCluster, homeOwners } from "../bare-metal/ceph";
import type { FabricManager } from "../bare-metal/fabric";
import { type CloseResult, closeSemester, inParallel, MACHINES_AT_ONCE } from "./close";
import { Journal, journaledPlan } from "./journal";
import { allSteps, type ClosePlan, planClose, stepName } from "./plan";
import { RealBackend, releasedNodes, takeMachineBack } from "./real-backend";
import type { SiteMachine } from "./site-machines";
import type { CourseStacks, StackChanges, TouchedResource } from "./stacks";

/** A course of the project, as far as a semester goes by it. */
export interface SemesterCourse {
  readonly name: string;
  readonly site: string;
  readonly semester: string;
  /** Default: every GPU machine of the room. */
  readonly machines?: readonly string[] | undefined;
}

export interface SemesterOptions {
  readonly stacks: CourseStacks;
  readonly progress: Progress;
  readonly parallel: number;
  readonly signal?: AbortSignal | undefined;
}

export interface CourseResult {
  readonly course: string;
  readonly changes?: StackChanges;
  readonly seconds: number;
  readonly error?: string;
}

/** Brings the stacks up, some at a time. One that fails does not hold the others up. */
export async function openCourses(
  courses: readonly string[],
  { stacks, progress, parallel, signal }: SemesterOptions,
): Promise<readonly CourseResult[]> {
  return inParallel(courses, parallel, async (course) => {
    const start = Date.now();
    const seconds = (): number => Math.round((Date.now() - start) / 100) / 10;
    try {
      signal?.throwIfAborted();
      const changes = await progress.step(`pulumi up -s ${course}`, (note) =>
        stacks.up(course, { note, signal }),
      );
      return { course, changes, seconds: seconds() };
    } catch (error) {
      signal?.throwIfAborted();
      return { course, seconds: seconds(), error: reason(error) };
    }
  });
}

export interface CoursePreview {
  readonly course: string;
  readonly touched: readonly TouchedResource[];
  readonly error?: string;
}

/** What bringing the stacks up would touch. */
export async function previewCourses(
  courses: readonly string[],
  { stacks, progress, parallel, signal }: SemesterOptions,
): Promise<readonly CoursePreview[]> {
  return inParallel(courses, parallel, async (course) => {
    try {
      signal?.throwIfAborted();
      const touched = await progress.step(`pulumi preview -s ${course}`, (note) =>
        stacks.preview(course, { note, signal }),
      );
      return { course, touched };
    } catch (error) {
      signal?.throwIfAborted();
      return { course, touched: [], error: reason(error) };
    }
  });
}

/** What of the site a semester is opened and closed with: its stack's outputs, and its machines. */
export interface SiteOutputs {
  readonly kubeconfig: string;
  readonly storage: { readonly cluster: CephCluster; readonly filesystem: string };
  readonly fabric: FabricManager;
  readonly room: { readonly machines: readonly { readonly name: string; readonly gpus: number }[] };
  readonly machines: ReadonlyMap<string, SiteMachine>;
}

/** How one machine that a semester takes again came out. */
export interface MachineResult {
  readonly machine: string;
  readonly error?: string;
}

/** Switches on what closes gave back, and lets it take work again. One that fails does not hold the others up. */
export async function reopenMachines(
  site: SiteOutputs,
  { progress, signal }: Pick<SemesterOptions, "progress" | "signal">,
): Promise<readonly MachineResult[]> {
  const api = new KubeApi(parseKubeconfig(site.kubeconfig));
  try {
    return await inParallel(await releasedNodes(api), MACHINES_AT_ONCE, async (machine) => {
      try {
        await progress.step(`take back ${machine}`, (note) =>
          takeMachineBack(machine, { api, machines: site.machines, signal }, note),
        );
        return { machine };
      } catch (error) {
        signal?.throwIfAborted();
        return { machine, error: reason(error) };
      }
    });
  } finally {
    api.close();
  }
}

export interface CloseRequest {
  readonly semester: string;
  /** All courses of the site. */
  readonly courses: readonly SemesterCourse[];
  readonly site: SiteOutputs;
  /** Folder of the journal and the exports. */
  readonly dir: string;
  readonly ledger?: string | undefined;
  readonly archivePool?: string | undefined;
}

export const JOURNAL = "close.jsonl";

/**
 * Puts the journal of a finished close aside, so that the semester may be opened, and closed, once more.
 * @throws {Error} if its close has begun and is not through
 */
export function retireJournal(dir: string): void {
  const file = join(dir, JOURNAL);
  if (!existsSync(file)) return;
  const journal = Journal.open(file);
  try {
    const { plan } = journal;
    if (plan !== undefined && !allSteps(plan).every((step) => journal.done(stepName(step)))) {
      throw new Error(`semester ${plan.semester} is being closed: lectern semester close ${plan.semester}`);
    }
  } finally {
    journal.close();
  }
  renameSync(file, join(dir, `close-${Date.now()}.jsonl`));
}

/** What a close would do, or goes on with: the plan of its journal, else one made from what is there now. */
export async function closePlan(request: CloseRequest, stacks: CourseStacks): Promise<ClosePlan> {
  const begun = journaledPlan(join(request.dir, JOURNAL));
  if (begun !== undefined) return begun;
  const all = request.site.room.machines.filter(({ gpus }) => gpus > 0).map(({ name }) => name);
  const up = new Set(await stacks.names());
  const there = request.courses.filter(({ name }) => up.has(name));
  const closing = there.filter(({ semester }) => semester === request.semester);
  const staying = there.filter(({ semester }) => semester !== request.semester);
  const { storage } = request.site;
  const courses = [];
  for (const { name, machines = all } of closing) {
    courses.push({ name, machines, homes: await homeOwners({ ...storage, group: `course-${name}` }) });
  }
  return planClose(
    request.semester,
    courses,
    staying.map(({ machines = all }) => machines),
  );
}

/** Closes the semester, or goes on with it. */
export async function runClose(
  plan: ClosePlan,
  request: CloseRequest,
  { stacks, progress, parallel, signal }: SemesterOptions,
): Promise<CloseResult> {
  const { site, dir, semester, ledger, archivePool } = request;
  const api = new KubeApi(parseKubeconfig(site.kubeconfig));
  const journal = Journal.open(join(dir, JOURNAL));
  try {
    const { storage, fabric, machines } = site;
    const backend = new RealBackend({
      semester,
      api,
      stacks,
      storage,
      fabric,
      machines,
      dir,
      ledger,
      archivePool,
      signal,
    });
    return await closeSemester(plan, { journal, backend, progress, parallel, ...(signal ? { signal } : {}) });
  } finally {
    journal.close();
    api.close();
  }
}

/** The part of Pulumi's message that says why. */
function reason(error: unknown): string {
  const text = (error as Error).message;
  const at = text.indexOf("Diagnostics:");
  return (at >= 0 ? text.slice(at) : text).trim().split("\n").slice(0, 12).join("\n");
}
