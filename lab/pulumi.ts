import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { privateFolder } from "../base/files";
import { processStartTime } from "../base/processes";
import { pulumiLockHolders } from "../base/pulumi-locks";
import { runToEnd } from "../base/run";
import { waitFor } from "../base/wait";
import { PROJECT_DIR } from "./environment";
import type { Room } from "./room";

/** How long another Pulumi may go on before it counts as stuck. */
const OTHER_PULUMI_MS = 600_000;

/** Runs Pulumi's own command line on the stacks of one room. */
export class RoomPulumi {
  constructor(
    private readonly room: Room,
    private readonly variables: Readonly<Record<string, string>>,
    private readonly signal?: AbortSignal,
  ) {
    privateFolder(join(room.dir, "pulumi"));
  }

  /** Brings the stack up. Safe to run again after a kill: a lock of a dead process is lifted. */
  async up(stack: string, note: (text: string) => void): Promise<string> {
    await this.prepare(stack, note);
    return this.pulumi(["up", "--stack", stack, "--yes", "--skip-preview"], stack, note);
  }

  async preview(stack: string, extra: readonly string[] = []): Promise<string> {
    await this.prepare(stack);
    return this.pulumi(["preview", "--stack", stack, ...extra], stack);
  }

  async destroy(stack: string, note: (text: string) => void): Promise<void> {
    await this.prepare(stack, note);
    await this.pulumi(["destroy", "--stack", stack, "--yes", "--skip-preview"], stack, note);
  }

  /** The stack's outputs, secrets in clear: for the caller's memory only. */
  async outputs(stack: string): Promise<Record<string, unknown>> {
    const { stdout } = await this.run(["stack", "output", "--stack", stack, "--json", "--show-secrets"]);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  /** Names of the room's stacks. */
  async stacks(): Promise<string[]> {
    const { stdout } = await this.run(["stack", "ls", "--json"]);
    return (JSON.parse(stdout) as { name: string }[]).map((s) => s.name.split("/").pop() ?? s.name);
  }

  /** The file that holds the stack's state. */
  stateFile(stack: string): string {
    return join(this.room.dir, "pulumi/.pulumi/stacks/lectern", `${stack}.json`);
  }

  /** Makes the stack if there is none, waits for another Pulumi that works on it, and lifts the lock of a dead one. */
  private async prepare(stack: string, note?: (text: string) => void): Promise<void> {
    if (!(await this.stacks()).includes(stack)) await this.run(["stack", "init", stack, "--no-select"]);
    // One that was left behind by a killed command goes on to its end, and what it does is not lost.
    await waitFor(
      `no other pulumi works on stack ${stack}`,
      () => {
        const alive = this.lockHolders(stack).find((pid) => processStartTime(pid) !== undefined);
        if (alive !== undefined) note?.(`waiting for another pulumi, process ${alive}`);
        return alive === undefined || undefined;
      },
      { timeout: OTHER_PULUMI_MS, interval: 500, ...(this.signal ? { signal: this.signal } : {}) },
    );
    if (this.lockHolders(stack).length > 0) await this.run(["cancel", "--stack", stack, "--yes"]);
  }

  private lockHolders(stack: string): number[] {
    return pulumiLockHolders(join(this.room.dir, "pulumi"), stack);
  }

  /** Runs a long operation; what it prints goes to a log of the room, its last line to `note`. */
  private async pulumi(
    args: readonly string[],
    stack: string,
    note?: (text: string) => void,
  ): Promise<string> {
    const file = join(this.room.dir, "logs", `pulumi-${stack}-${args[0]}.log`);
    mkdirSync(join(this.room.dir, "logs"), { recursive: true });
    const log = createWriteStream(file, { mode: 0o600 });
    try {
      const { stdout } = await this.run([...args, "--non-interactive", "--color", "never"], (line) => {
        log.write(`${line}\n`);
        const text = line.trim();
        if (text !== "" && note) note(text.slice(0, 100));
      });
      return stdout;
    } catch (error) {
      if (error instanceof PulumiFailure)
        throw new PulumiFailure(`${error.message}\n(all of it: ${file})`, error.output);
      throw error;
    } finally {
      log.end();
    }
  }

  private async run(args: readonly string[], onLine?: (line: string) => void) {
    const ended = await runToEnd(["pulumi", ...args], {
      cwd: PROJECT_DIR,
      env: { ...process.env, ...this.variables },
      ...(onLine ? { onLine } : {}),
      ...(this.signal ? { signal: this.signal } : {}),
    });
    if (ended.status === 0) return ended;
    const output = ended.stdout + ended.stderr;
    throw new PulumiFailure(`pulumi ${args.slice(0, 3).join(" ")} failed:\n${diagnostics(output)}`, output);
  }
}

/** A run of Pulumi that ended badly. */
export class PulumiFailure extends Error {
  constructor(
    message: string,
    /** All that it printed. */
    readonly output: string,
  ) {
    super(message);
    this.name = "PulumiFailure";
  }
}

/** The part of Pulumi's output that says why: from `Diagnostics:` on, or `Policies:`, else the end. */
function diagnostics(output: string): string {
  const headings = ["Policies:", "Diagnostics:"].map((h) => output.indexOf(h)).filter((at) => at >= 0);
  if (headings.length > 0) return output.slice(Math.min(...headings)).trimEnd();
  return output.trimEnd().split("\n").slice(-30).join("\n");
}
