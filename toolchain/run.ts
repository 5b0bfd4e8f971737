import { spawn } from "node:child_process";

/** A program that is run to its end. */
export interface Run {
  readonly cwd?: string;
  /** The whole environment. Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Stops it, with everything that it started. */
  readonly signal?: AbortSignal;
  /** Gets each line of stderr as it comes. */
  readonly onLine?: (line: string) => void;
  /** Gets each line of stdout as it comes. */
  readonly onOutputLine?: (line: string) => void;
}

/** A program ended badly. */
export class RunError extends Error {
  constructor(
    message: string,
    /** All that it printed on stdout and stderr. */
    readonly output: string,
  ) {
    super(message);
    this.name = "RunError";
  }
}

/** Time between SIGTERM and SIGKILL. */
const GRACE_MS = 2_000;
/** Lines of stderr that an error quotes. */
const QUOTED = 20;

/**
 * Runs a program and collects what it prints.
 * @returns stdout and stderr, as text
 * @throws {Error} when it cannot start or ends badly; the error quotes the end of what it printed
 * @throws the signal's reason when it was stopped
 */
export function run(
  argv: readonly [string, ...string[]],
  options: Run = {},
): Promise<{ stdout: string; stderr: string }> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const [command, ...args] = argv;
    // A process group of its own: a compiler's children end with it.
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let stdout = "";
    let stderr = "";
    const [outputLines, errorLines] = [splitLines(options.onOutputLine), splitLines(options.onLine)];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      outputLines(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
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
      if (signal?.aborted) return reject(signal.reason as Error);
      if (code === 0) return resolve({ stdout, stderr });
      const said = (stderr.trim() || stdout.trim()).split("\n").slice(-QUOTED).join("\n  ");
      const how = by ?? `status ${code}`;
      reject(new RunError(`${command} ${args[0] ?? ""} ended with ${how}:\n  ${said}`, stdout + stderr));
    });
  });
}

/** Hands text on line by line; what has no line end yet waits. */
function splitLines(onLine: ((line: string) => void) | undefined): (text: string) => void {
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
