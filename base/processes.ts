import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { replaceFile } from "./files";
import { processStartTime } from "./lock";

export { processStartTime } from "./lock";

/** A long-running program that outlives the command that started it. */
export interface ProcessSpec {
  /** File-name-safe name, unique in its folder of records. */
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string;
  /** Added to the environment of this process. Secrets do not belong in argv; a file or this is the place. */
  readonly env?: Readonly<Record<string, string>>;
  /** Takes both stdout and stderr; appended. */
  readonly logFile: string;
  /** A file or FIFO to read as stdin. Default: /dev/null. */
  readonly stdin?: string;
}

/** What is written down about a started process: enough never to mistake another one for it. */
export interface ProcessRecord {
  readonly name: string;
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: a reused pid has another start time. */
  readonly startTime: string;
  readonly argv: readonly string[];
  readonly logFile: string;
}

/**
 * Starts, finds and stops processes by their records in one folder.
 * A record belongs to the process with that pid and that start time only, so a reused pid is never signalled.
 */
export class ProcessFolder {
  constructor(readonly dir: string) {
    mkdirSync(dir, { recursive: true });
  }

  /** The live process of this name, if any. A stale record counts as none. */
  find(name: string): ProcessRecord | undefined {
    let record: ProcessRecord;
    try {
      record = JSON.parse(readFileSync(this.file(name), "utf8")) as ProcessRecord;
    } catch {
      return undefined;
    }
    return processStartTime(record.pid) === record.startTime ? record : undefined;
  }

  /** Names of all records, live or stale, sorted. */
  names(): string[] {
    return readdirSync(this.dir)
      .filter((f) => f.endsWith(".json"))
      .map((f) => basename(f, ".json"))
      .sort();
  }

  /** Starts the process detached, in a session of its own, unless one of this name lives. Idempotent. */
  start(spec: ProcessSpec): ProcessRecord {
    const live = this.find(spec.name);
    if (live) return live;
    mkdirSync(dirname(spec.logFile), { recursive: true });
    const log = openSync(spec.logFile, "a", 0o600);
    const input = spec.stdin === undefined ? "ignore" : openSync(spec.stdin, "r+");
    try {
      const [command, ...args] = spec.argv;
      const child = spawn(command, args, {
        cwd: spec.cwd,
        env: { ...process.env, ...spec.env },
        stdio: [input, log, log],
        detached: true,
      });
      // Without a listener a missing program would end this process; the missing pid below tells it.
      child.once("error", () => undefined);
      const startTime = child.pid === undefined ? undefined : processStartTime(child.pid);
      if (child.pid === undefined || startTime === undefined) {
        throw new Error(`${spec.name}: ${command} did not start; see ${spec.logFile}`);
      }
      child.unref();
      const record = { name: spec.name, pid: child.pid, startTime, argv: spec.argv, logFile: spec.logFile };
      replaceFile(this.file(spec.name), JSON.stringify(record));
      return record;
    } finally {
      closeSync(log);
      if (typeof input === "number") closeSync(input);
    }
  }

  /**
   * Stops the process of this name: SIGTERM to its process group, then SIGKILL once the grace has passed.
   * @param graceMs Default 5,000.
   * @returns whether a live process was stopped
   */
  async stop(name: string, graceMs = 5_000): Promise<boolean> {
    const record = this.find(name);
    if (record) {
      signalGroup(record.pid, "SIGTERM");
      if (!(await this.gone(record, graceMs))) {
        signalGroup(record.pid, "SIGKILL");
        await this.gone(record, 5_000);
      }
    }
    rmSync(this.file(name), { force: true });
    return record !== undefined;
  }

  /** Stops all of the named processes, or every one of this folder, side by side. */
  async stopAll(names: readonly string[] = this.names()): Promise<void> {
    await Promise.all(names.map((name) => this.stop(name)));
  }

  private async gone(record: ProcessRecord, withinMs: number): Promise<boolean> {
    const deadline = Date.now() + withinMs;
    while (processStartTime(record.pid) === record.startTime) {
      if (Date.now() > deadline) return false;
      await sleep(20);
    }
    return true;
  }

  private file(name: string): string {
    return join(this.dir, `${name}.json`);
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended by itself between the look and the signal.
    }
  }
}
