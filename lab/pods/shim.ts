import { readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { privateFolder } from "../../base/files";
import type { ProcessFolder } from "../../base/processes";

/**
 * Stays beside the program to keep its exit status, as a container runtime's shim does. `trap :` lets the shim
 * outlive the SIGTERM that its whole group gets, until the program has ended.
 */
const SHIM = 'trap : TERM; "$@"; code=$?; printf "%s" "$code" >"$0.tmp" && mv "$0.tmp" "$0"';

export interface Run {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/** One program that is started, watched and stopped, again and again. */
export class Shim {
  /**
   * @param name Record in the folder of processes.
   * @param exitFile Where the exit status of the last run is kept.
   */
  constructor(
    private readonly processes: ProcessFolder,
    private readonly name: string,
    private readonly exitFile: string,
  ) {}

  start({ argv, cwd, env, logFile }: Run): void {
    privateFolder(dirname(this.exitFile));
    rmSync(this.exitFile, { force: true });
    this.processes.start({
      name: this.name,
      argv: ["sh", "-c", SHIM, this.exitFile, ...argv],
      cwd,
      env,
      logFile,
    });
  }

  get running(): boolean {
    return this.processes.find(this.name) !== undefined;
  }

  /** Exit status of the run that has ended; 137 (128 + SIGKILL) if the shim was killed with its program. */
  get exitCode(): number {
    try {
      return Number(readFileSync(this.exitFile, "utf8"));
    } catch {
      return 137;
    }
  }

  async stop(graceMs: number): Promise<void> {
    await this.processes.stop(this.name, graceMs);
  }
}
