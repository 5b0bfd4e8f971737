import { spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import type { Bytes, Milliseconds } from "../../base/units";

export const CLONE = resolve(__dirname, "../..");

/** A room for measurements, beside whatever runs. */
export const benchEnvironment: NodeJS.ProcessEnv = { ...process.env, LECTERN_ROOM: "bench" };

/** A program that was run to its end. */
export interface Measured {
  readonly wallMs: Milliseconds;
  /** Highest sum of the proportional set sizes of all processes that were not there before. 0 if not asked for. */
  readonly peakBytes: Bytes;
  /** Processor time of the program and its children, user and system. 0 if not asked for. */
  readonly cpuMs: Milliseconds;
  readonly stdout: string;
}

/** Runs the words after it, and writes seconds of user and system time to descriptor 4. */
const TIMED = 'TIMEFORMAT="%3U %3S"; { time "$@" 2>&3; } 3>&2 2>&4';

/**
 * Runs a program and measures it as a whole.
 * @param statuses exit statuses that are right. Default: 0
 * @param signal ends the program
 * @throws {Error} if it ends with another status, or by the signal
 */
export async function measure(
  argv: readonly [string, ...string[]],
  {
    env = benchEnvironment,
    memory = false,
    cpu = false,
    statuses = [0],
    signal,
  }: {
    env?: NodeJS.ProcessEnv;
    memory?: boolean;
    cpu?: boolean;
    statuses?: readonly number[];
    signal?: AbortSignal;
  } = {},
): Promise<Measured> {
  signal?.throwIfAborted();
  const before = new Set(pids());
  const [command, ...args] = cpu ? ["bash", "-c", TIMED, "bash", ...argv] : argv;
  const start = process.hrtime.bigint();
  const child = spawn(command, args, {
    cwd: CLONE,
    env,
    stdio: ["ignore", "pipe", "inherit", "ignore", cpu ? "pipe" : "ignore"],
  });
  const end = () => child.pid !== undefined && endFamily(child.pid);
  signal?.addEventListener("abort", end);
  let [stdout, times] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  (child.stdio[4] as Readable | null)?.setEncoding("utf8").on("data", (text: string) => (times += text));
  let peakBytes = 0;
  const sampler = memory
    ? setInterval(() => (peakBytes = Math.max(peakBytes, proportionalSetSize(before))), 1_000)
    : undefined;
  const status = await new Promise<number | null>((done, failed) => {
    child.once("error", failed);
    child.once("close", done);
  });
  clearInterval(sampler);
  signal?.removeEventListener("abort", end);
  signal?.throwIfAborted();
  if (status === null || !statuses.includes(status))
    throw new Error(`${argv.join(" ")} ended with status ${status}\n${stdout}`);
  return {
    wallMs: Number(process.hrtime.bigint() - start) / 1e6,
    peakBytes,
    cpuMs: milliseconds(times),
    stdout,
  };
}

/** The sum of times in seconds. */
function milliseconds(times: string): Milliseconds {
  return times.split(/\s+/).reduce((sum, seconds) => sum + Number(seconds) * 1_000, 0);
}

/** `lectern` with these words. */
export const lectern = (...words: string[]): [string, ...string[]] => [
  process.execPath,
  "bin/lectern.js",
  ...words,
];

/** The value that this share of all values is below. @param share 0 to 1 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** The middle value; the mean of the two middle ones of an even count. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** A program that is told to end may leave its children to themselves, as xargs does. */
function endFamily(pid: number): void {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
    process.kill(pid, "SIGTERM");
    for (const child of children) endFamily(Number(child));
  } catch {
    // It ended between the look and the signal.
  }
}

function pids(): string[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
}

/** Memory shared by several processes counts once (proc(5), /proc/PID/smaps_rollup). */
function proportionalSetSize(except: ReadonlySet<string>): Bytes {
  let total = 0;
  for (const pid of pids()) {
    if (except.has(pid)) continue;
    try {
      const kib = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
      total += Number(kib ?? 0) * 1024;
    } catch {
      // It ended between the listing and the look.
    }
  }
  return total;
}
