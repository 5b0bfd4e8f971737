import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { ensurePackages } from "../toolchain/debian";
import { ensureNodeImage } from "../toolchain/node-image";
import { ensurePython, pythonSets } from "../toolchain/python";
import { ensureTools } from "../toolchain/resolve";
import { type MarkedProcess, MarkedProcesses } from "../base/marked-processes";
import { runToEnd } from "../base/run";
import { describeFailure, SilentFailure } from "./failure";
import { interrupted } from "./interrupts";
import { TerminalProgress } from "./progress";
import { addCounts, formatCounts, isGood, none, type Counts } from "./test-counts";

const ROOT = join(__dirname, "..");
/** For what tests started, before it is killed. Within the time that an interrupted command has to end. */
const LEFT_GRACE_MS = 2_000;
/** Folders of tests/, fast ones first. */
const PHASES = ["unit", "integration", "e2e"] as const;
type Phase = (typeof PHASES)[number];

/** What is to be run. */
export interface TestOptions extends Partial<Record<Phase, boolean>> {
  /** Arguments for mocha; files of tests among them stand in for all tests of their folder. */
  readonly mocha: readonly string[];
}

/**
 * Gets what the tests need, runs them, and prints `N passed, N failed` as the last line. The fast tests run while
 * tools are being built.
 * @throws {SilentFailure} if a test failed, or none ran
 */
export async function runTests(options: TestOptions): Promise<void> {
  const progress = new TerminalProgress();
  const plan = planPhases(options);
  const real = plan.filter(({ phase }) => phase !== "unit");
  const setup =
    real.length === 0
      ? undefined
      : settled(
          setUp(
            progress,
            real.some(({ phase, files }) => phase === "e2e" && files.some(needsNamespace)),
          ),
        );
  let counts = none;
  for (const { phase, files } of plan) {
    if (phase === "unit") {
      // Kept back, since the progress of builds would come in between.
      counts = addCounts(
        counts,
        await progress.step("unit tests", () => runMocha(files, options.mocha, "collect")),
      );
      continue;
    }
    const ready = await setup;
    if (ready === undefined || "error" in ready) {
      interrupted.throwIfAborted();
      process.stderr.write(`${describeFailure(ready?.error) ?? ""}\n`);
      counts = addCounts(counts, { passed: 0, failed: 1, skipped: 0 });
      break;
    }
    process.stdout.write(`\n${phase} tests\n`);
    const [inNamespace, here] = [files.filter(needsNamespace), files.filter((f) => !needsNamespace(f))];
    if (here.length > 0)
      counts = addCounts(counts, await runMocha(here, options.mocha, "pass", ready.value.env));
    if (inNamespace.length === 0) continue;
    const image = phase === "e2e" ? await ready.value.nodeImage : undefined;
    if (image !== undefined && "error" in image) {
      process.stderr.write(`${describeFailure(image.error) ?? ""}\n`);
      counts = addCounts(counts, { passed: 0, failed: 1, skipped: 0 });
      continue;
    }
    const env = {
      ...ready.value.env,
      ...(image && { LECTERN_NODE_IMAGE: image.value }),
      // Whoever names a file waits for all of it.
      ...(options.mocha.length > 0 && { LECTERN_LONG_TESTS: process.env["LECTERN_LONG_TESTS"] ?? "1" }),
    };
    counts = addCounts(counts, await runMocha(inNamespace, options.mocha, "pass", env, ["unshare", "--net"]));
  }
  process.stdout.write(`${formatCounts(counts)}\n`);
  if (!isGood(counts)) throw new SilentFailure("tests failed");
}

/** The phases that were asked for (all by default) and have tests, with their files. */
function planPhases({ mocha, ...options }: TestOptions): { phase: Phase; files: string[] }[] {
  const asked = PHASES.filter((p) => options[p]);
  const named = mocha.filter((word) => /\.test\.ts$/.test(word)).map((word) => resolve(word));
  return (asked.length === 0 ? PHASES : asked)
    .map((phase) => ({
      phase,
      files: testFiles(phase).filter((f) => (named.length === 0 ? !isLong(f) : named.includes(f))),
    }))
    .filter(({ files }) => files.length > 0);
}

/** Tests that take more time than all others together run when they are named. */
function isLong(file: string): boolean {
  return /\.long\./.test(file);
}

/** Tests that make interfaces run in a network namespace of their own, which goes with their last process. */
function needsNamespace(file: string): boolean {
  return file.endsWith(".namespace.test.ts");
}

function testFiles(phase: Phase): string[] {
  const folder = join(ROOT, "tests", phase);
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((f) => f.endsWith(".test.ts"))
    .map((f) => join(folder, f))
    .sort();
}

interface Prepared {
  /** In which tests find packages and tools. */
  readonly env: NodeJS.ProcessEnv;
  /** The folder of a node image for virtual machines, which is built while other tests run. */
  readonly nodeImage: ReturnType<typeof settled<string>> | undefined;
}

/** Gets packages and tools, and begins with the node image if one is needed. */
async function setUp(progress: TerminalProgress, needsImage: boolean): Promise<Prepared> {
  await ensurePackages(["lab", "node", "test"], { progress, signal: interrupted });
  for (const name of pythonSets) await ensurePython(name, { progress, signal: interrupted });
  const toolbox = await ensureTools("all", { progress, signal: interrupted });
  const nodeImage = needsImage
    ? settled(ensureNodeImage({ kernel: "cloud", progress, signal: interrupted }))
    : undefined;
  const env = {
    // Some of Debian's daemons lie where only root looks.
    PATH: `${toolbox.searchPath()}:/usr/local/sbin:/usr/sbin:/sbin`,
    LECTERN_KUBERNETES_PROVIDER: toolbox.path("pulumi-resource-kubernetes"),
    LECTERN_KWOK_STAGES: toolbox.data("kwok-stages"),
    LECTERN_VOLCANO_CHART: toolbox.data("volcano-chart"),
  };
  return { env, nodeImage };
}

async function runMocha(
  files: readonly string[],
  words: readonly string[],
  output: "collect" | "pass",
  env: NodeJS.ProcessEnv = {},
  within: readonly [string, ...string[]] | undefined = undefined,
): Promise<Counts> {
  const scratch = mkdtempSync(join(tmpdir(), "lectern-test-"));
  const started = new MarkedProcesses("LECTERN_TEST_RUN");
  const clear = () => rmSync(scratch, { recursive: true, force: true });
  const atExit = () => {
    started.kill();
    clear();
  };
  process.once("exit", atExit);
  const countsFile = join(scratch, "counts.json");
  const mocha = join(ROOT, "node_modules", "mocha", "bin", "mocha.js");
  const reporter = join(ROOT, "tests", "reporter.cjs");
  const flags = words.filter((word) => !/\.test\.ts$/.test(word));
  const colors = process.stdout.isTTY ? ["--colors"] : ["--no-colors"];
  // Parts of mocha take CI for a terminal with colours, whatever its flag says.
  const plain = process.stdout.isTTY ? {} : { NO_COLOR: "1" };
  try {
    const ended = await runToEnd(
      [
        ...(within ?? ["env"]),
        process.execPath,
        mocha,
        "--reporter",
        reporter,
        ...colors,
        ...flags,
        ...files.map((f) => relative(ROOT, f)),
      ],
      {
        cwd: ROOT,
        env: { ...process.env, ...env, ...plain, ...started.env, LECTERN_TEST_COUNTS: countsFile },
        output,
        signal: interrupted,
      },
    );
    process.stdout.write(ended.stdout);
    process.stderr.write(ended.stderr);
    return readCounts(countsFile, ended.status);
  } finally {
    const left = await started.end(LEFT_GRACE_MS);
    if (left.length > 0) process.stderr.write(`${leftInWords(left)}\n`);
    process.off("exit", atExit);
    clear();
  }
}

/** Tests end what they start; this is what they could not, because they were interrupted, or did not. */
function leftInWords(left: readonly MarkedProcess[]): string {
  const lines = left.map(({ pid, command }) => `  ${pid} ${command.slice(0, 100)}`);
  return [`the tests left processes behind, which were ended:`, ...lines].join("\n");
}

/** The counts that mocha wrote. One that ended badly without a failed test, or wrote none, failed as a whole. */
function readCounts(file: string, status: number): Counts {
  let counts: Counts;
  try {
    counts = JSON.parse(readFileSync(file, "utf8")) as Counts;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** Waits for good or bad without an unhandled rejection meanwhile. */
function settled<T>(promise: Promise<T>): Promise<{ value: T } | { error: unknown }> {
  return promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
}
