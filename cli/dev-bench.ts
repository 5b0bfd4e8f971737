import { mkdirSync, readdirSync } from "node:fs";
import { arch, cpus, release, totalmem } from "node:os";
import { basename, join } from "node:path";
import { replaceFile } from "../base/files";
import { MarkedProcesses } from "../base/marked-processes";
import { version } from "../package.json";
import { UsageError } from "./failure";
import { interrupted } from "./interrupts";
import { TerminalProgress } from "./progress";
import { formatTable } from "./table";

const FOLDER = join(__dirname, "..", "bench");

/** What a file of bench/ exports: measures one thing, on this machine, and returns its numbers by name. */
interface Benchmark {
  /** @param signal ends it, and all that it started */
  run(signal: AbortSignal): Promise<Record<string, unknown>>;
}

/**
 * Runs benchmarks one after another, writes each one's numbers to bench/results/<name>.json, and prints them.
 * @param names Without ending; none means all.
 * @throws {UsageError} for a name that there is not
 */
export async function runBenchmarks(names: readonly string[]): Promise<void> {
  const known = readdirSync(FOLDER)
    .filter((f) => f.endsWith(".ts"))
    .map((f) => basename(f, ".ts"))
    .sort();
  const unknown = names.filter((n) => !known.includes(n));
  if (unknown.length > 0) {
    throw new UsageError(
      `no such benchmark: ${unknown.join(", ")}; there are: ${known.join(", ") || "none"}`,
    );
  }
  // What a benchmark started and could not end, because it was interrupted or failed.
  const started = new MarkedProcesses("LECTERN_BENCH_RUN");
  Object.assign(process.env, started.env);
  process.once("exit", () => started.kill());
  const progress = new TerminalProgress();
  const rows: string[][] = [];
  for (const name of names.length === 0 ? known : names) {
    const results = await progress.step(`bench ${name}`, () =>
      (require(join(FOLDER, name)) as Benchmark).run(interrupted),
    );
    keep(name, results);
    for (const [what, value] of Object.entries(results)) rows.push([name, what, printable(value)]);
  }
  process.stdout.write(`${formatTable(["BENCHMARK", "WHAT", "VALUE"], rows)}\n`);
}

function keep(name: string, results: Record<string, unknown>): void {
  const folder = join(FOLDER, "results");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  const record = {
    benchmark: name,
    date: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]?.model ?? "unknown",
      cpus: cpus().length,
      memoryBytes: totalmem(),
      architecture: arch(),
      kernel: release(),
    },
    versions: { lectern: version, node: process.versions.node },
    results,
  };
  replaceFile(file, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o644 });
}

function printable(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
