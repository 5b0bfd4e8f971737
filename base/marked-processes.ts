import { randomUUID } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Milliseconds } from "./units";
import { processStartTime } from "./lock";

/** A process that was found by its mark. */
export interface MarkedProcess {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: a reused pid has another start time. */
  readonly startTime: string;
  /** Program and arguments, as they stand in /proc. */
  readonly command: string;
}

const SEPARATOR = ",";
const POLL_MS = 20;
/** For a killed process to be gone. */
const KERNEL_MS = 5_000;

/**
 * Finds all that a program started, and what those started, by a mark in their environment: in whatever process group
 * or session they are, and whoever their parent is. One that was given an environment without the mark is not found.
 */
export class MarkedProcesses {
  /** To be added to the environment of the program. Marks that this process was started with stay in it. */
  readonly env: Readonly<Record<string, string>>;
  private readonly mark = randomUUID();

  /** @param variable of the environment that holds the marks */
  constructor(private readonly variable: string) {
    const before = process.env[variable];
    this.env = { [variable]: before === undefined ? this.mark : `${before}${SEPARATOR}${this.mark}` };
  }

  /** Those that run now, this process left out. */
  find(): MarkedProcess[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .flatMap((pid) => (pid === process.pid ? [] : (this.look(pid) ?? [])));
  }

  /**
   * Ends them: SIGTERM, and SIGKILL for those that are still there after the grace; also what they start meanwhile.
   * Gives up on those that the kernel does not let go of.
   * @returns those that were there
   */
  async end(grace: Milliseconds): Promise<MarkedProcess[]> {
    const met = new Map<string, MarkedProcess>();
    const deadline = performance.now() + grace;
    for (;;) {
      const all = this.find();
      const over = performance.now() - deadline;
      if (all.length === 0 || over > KERNEL_MS) return [...met.values()];
      const late = over > 0;
      for (const one of all) {
        const key = `${one.pid} ${one.startTime}`;
        if (late || !met.has(key)) signalTo(one, late ? "SIGKILL" : "SIGTERM");
        met.set(key, one);
      }
      await sleep(POLL_MS);
    }
  }

  /** Ends them at once: for a process that ends now. */
  kill(): void {
    for (const one of this.find()) signalTo(one, "SIGKILL");
  }

  private look(pid: number): MarkedProcess | undefined {
    try {
      const prefix = `${this.variable}=`;
      const entries = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
      const marks = entries.find((entry) => entry.startsWith(prefix))?.slice(prefix.length);
      const startTime = processStartTime(pid);
      if (!marks?.split(SEPARATOR).includes(this.mark) || startTime === undefined) return undefined;
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ").trimEnd();
      return { pid, startTime, command };
    } catch {
      // It ended between the listing and the look, or belongs to somebody else.
      return undefined;
    }
  }
}

function signalTo({ pid, startTime }: MarkedProcess, signal: NodeJS.Signals): void {
  if (processStartTime(pid) !== startTime) return;
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself between the look and the signal.
  }
}
