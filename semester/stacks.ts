import { LocalWorkspace, type OpMap, type Stack } from "@pulumi/pulumi/automation";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processStartTime, withLock } from "../base/lock";
import { pulumiLockHolders } from "../base/pulumi-locks";
import { waitFor } from "../base/wait";
import { machinesOf, type SiteMachine } from "./site-machines";

/** What a run of Pulumi did, or would do, to one stack: resources by kind of operation. */
export interface StackChanges {
  readonly create: number;
  readonly update: number;
  readonly delete: number;
  readonly same: number;
}

/** One resource that a preview would touch. */
export interface TouchedResource {
  readonly op: string;
  readonly type: string;
  readonly name: string;
  /** What of it changes, such as `objects["student-ada/account"]`. Empty: all, or not told. */
  readonly parts: readonly string[];
}

export interface StackRun {
  /** The last thing that Pulumi said. */
  readonly note?: ((text: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How long another Pulumi may go on before it counts as stuck. */
const OTHER_PULUMI_MS = 600_000;
/** Operations of Pulumi that leave a resource as it is. */
const UNTOUCHED = ["same", "read", "refresh"];

/** The stacks of the project, through Pulumi's Automation API. Where they are kept is for the environment to say. */
export class CourseStacks {
  constructor(private readonly projectDir: string) {}

  async names(): Promise<string[]> {
    const workspace = await LocalWorkspace.create({ workDir: this.projectDir });
    return (await workspace.listStacks()).map(({ name }) => name.split("/").pop() ?? name);
  }

  /** The outputs of a stack, secrets in clear: for the caller's memory only. */
  async outputs(stack: string): Promise<Record<string, unknown>> {
    const outputs = await (await this.select(stack, false)).outputs();
    return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value as unknown]));
  }

  /** The machines that a site's stack holds, secrets in clear: for the caller's memory only. */
  async machines(site: string): Promise<ReadonlyMap<string, SiteMachine>> {
    const { deployment } = await (await this.select(site, false)).exportStack();
    return machinesOf(deployment as Parameters<typeof machinesOf>[0]);
  }

  /** What an update would touch. */
  async preview(stack: string, { note, signal }: StackRun = {}): Promise<readonly TouchedResource[]> {
    const touched: TouchedResource[] = [];
    await (
      await this.select(stack, true)
    ).preview({
      ...ending(signal),
      onOutput: noting(note),
      onEvent: (event) => {
        const step = event.resourcePreEvent?.metadata;
        if (step === undefined || UNTOUCHED.includes(step.op)) return;
        const [chain = "", name = ""] = step.urn.split("::").slice(2);
        const type = chain.split("$").at(-1) ?? chain;
        // A stack and its components hold others, and are nothing themselves.
        if (type === "pulumi:pulumi:Stack" || type.startsWith("lectern:index:")) return;
        touched.push({ op: step.op, type, name, parts: Object.keys(step.detailedDiff ?? {}).sort() });
      },
    });
    return touched;
  }

  async up(stack: string, { note, signal }: StackRun = {}): Promise<StackChanges> {
    const selected = await this.select(stack, true);
    await freeOfLocks(selected, { note, signal });
    const { summary } = await selected.up({ ...ending(signal), onOutput: noting(note) });
    return changesOf(summary.resourceChanges);
  }

  /** Destroys what the stack declared; one that is not there is destroyed already. */
  async destroy(stack: string, { note, signal }: StackRun = {}): Promise<void> {
    if (!(await this.names()).includes(stack)) return;
    const selected = await this.select(stack, false);
    await freeOfLocks(selected, { note, signal });
    await selected.destroy({ ...ending(signal), onOutput: noting(note) });
  }

  /** Selecting writes a file that all stacks of the project share, so it is done one at a time. */
  private select(stackName: string, create: boolean): Promise<Stack> {
    const args = { stackName, workDir: this.projectDir };
    return withLock(join(tmpdir(), "lectern-select.lock"), () =>
      create ? LocalWorkspace.createOrSelectStack(args) : LocalWorkspace.selectStack(args),
    );
  }
}

/**
 * Waits for another Pulumi that works on the stack: one that a killed command left behind goes on to its end, and what
 * it does is not lost. A lock of a dead one is lifted.
 */
async function freeOfLocks(stack: Stack, { note, signal }: StackRun): Promise<void> {
  const url = process.env["PULUMI_BACKEND_URL"] ?? "";
  if (!url.startsWith("file://")) return;
  const holders = (): number[] => pulumiLockHolders(url.slice("file://".length), stack.name);
  await waitFor(
    `no other pulumi works on stack ${stack.name}`,
    () => {
      const alive = holders().find((pid) => processStartTime(pid) !== undefined);
      if (alive !== undefined) note?.(`waiting for another pulumi, process ${alive}`);
      return alive === undefined || undefined;
    },
    { timeout: OTHER_PULUMI_MS, interval: 500, ...(signal ? { signal } : {}) },
  );
  if (holders().length > 0) await stack.cancel();
}

/** A signal of this run alone: Pulumi's Automation API leaves its listeners on it, a few for each stack. */
function ending(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal: AbortSignal.any([signal]) } : {};
}

function noting(note: ((text: string) => void) | undefined): (text: string) => void {
  return (text) => {
    const line = text.trim().split("\n").at(-1)?.trim() ?? "";
    if (line !== "") note?.(line.slice(0, 100));
  };
}

function changesOf(changes: OpMap | undefined): StackChanges {
  const count = (...ops: (keyof OpMap)[]): number => ops.reduce((sum, op) => sum + (changes?.[op] ?? 0), 0);
  return {
    create: count("create", "create-replacement"),
    update: count("update"),
    delete: count("delete", "delete-replaced"),
    same: count("same"),
  };
}
