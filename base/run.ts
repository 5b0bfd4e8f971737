import { spawn } from "node:child_process";
import { constants } from "node:os";

/** A program that is run to its end. */
export interface Run {
  readonly cwd?: string;
  /** The whole environment. Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Stops it, with everything that it started. */
  readonly signal?: AbortSignal;
  /** Gets each line of stdout and stderr as it comes. */
  readonly onLine?: (line: string) => void;
  /** Where its stdout and stderr go: collected (default), or on to those of this process. */
  readonly output?: "collect" | "pass";
}

/** How a program ended. */
export interface Ended {
  /** Exit status; 128 and more where a signal ended it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Time between being told to stop and SIGKILL. */
const GRACE_MS = 5_000;
/** Lines of output that an error quotes. */
const QUOTED = 20;

/**
 * Runs a program and collects what it prints.
 * @throws {Error} when it cannot start or ends badly; the error quotes the end of what it printed
 * @throws the signal's reason when it was stopped
 */
export async function run(argv: readonly [string, ...string[]], options: Run = {}): Promise<Ended> {
  const ended = await runToEnd(argv, options);
  if (ended.status === 0) return ended;
  const said = (ended.stderr.trim() || ended.stdout.trim()).split("\n").slice(-QUOTED).join("\n  ");
  throw new Error(`${argv.slice(0, 2).join(" ")} ended with status ${ended.status}:\n  ${said}`);
}

/**
 * Runs a program to its end, good or bad.
 * @throws {Error} when it cannot start
 * @throws the signal's reason when it was stopped
 */
export function runToEnd(argv: readonly [string, ...string[]], options: Run = {}): Promise<Ended> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const [command, ...args] = argv;
    const output = options.output === "pass" ? "inherit" : "pipe";
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["ignore", output, output],
      // A process group of its own: a compiler's children end with it.
      detached: true,
    });
    let stdout = "";
    let stderr = "";
    const [outputLines, errorLines] = [lineSplitter(options.onLine), lineSplitter(options.onLine)];
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      outputLines(text);
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      errorLines(text);
    });
    let kill: NodeJS.Timeout | undefined;
    const stop = (): void => {
      signalGroup(child.pid, "SIGTERM");
      kill = setTimeout(() => signalGroup(child.pid, "SIGKILL"), GRACE_MS);
    };
    signal?.addEventListener("abort", stop, { once: true });
    const settle = (): void => {
      clearTimeout(kill);
      signal?.removeEventListener("abort", stop);
    };
    child.once("error", (error) => {
      settle();
      reject(new Error(`${command} did not start: ${error.message}`, { cause: error }));
    });
    child.once("close", (code, by) => {
      settle();
      if (signal?.aborted) reject(signal.reason as Error);
      else
        resolve({ status: code ?? 128 + (by === null ? 0 : (constants.signals[by] ?? 0)), stdout, stderr });
    });
  });
}

/** Hands text on line by line; what has no line end yet waits. */
function lineSplitter(onLine: ((line: string) => void) | undefined): (text: string) => void {
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    if (onLine) for (const line of lines) onLine(line);
  };
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone.
  }
}
