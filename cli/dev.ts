import { type Command, InvalidArgumentError } from "commander";

/** `lectern dev`: what a developer of Lectern runs. */
export function addDevCommands(program: Command): void {
  const dev = program.command("dev").description("work on Lectern itself");
  dev
    .command("test")
    .description("run the tests, getting first what they need")
    .option("--unit", "only the fast tests that start no process")
    .option("--integration", "only the tests against real programs")
    .option("--e2e", "only the tests of the whole room")
    .argument("[mocha...]", "after `--`: arguments for mocha, such as `--grep x` or files")
    .action(async (mocha: string[], options: { unit?: boolean; integration?: boolean; e2e?: boolean }) => {
      const { runTests } = require("./dev-test") as typeof import("./dev-test");
      await runTests({ ...options, mocha });
    });
  dev
    .command("lint")
    .description("eslint, prettier and the type checker")
    .action(async () => {
      const { runLint } = require("./dev-lint") as typeof import("./dev-lint");
      await runLint();
    });
  dev
    .command("bench")
    .description("run benchmarks and keep their results in bench/results")
    .argument("[names...]", "which; default all")
    .action(async (names: string[]) => {
      const { runBenchmarks } = require("./dev-bench") as typeof import("./dev-bench");
      await runBenchmarks(names);
    });
  dev
    .command("pin")
    .description("fill the vendors' published SHA-256 sums into toolchain/pins.json")
    .argument("[file]", "another file of pins")
    .action(async (file: string | undefined) => {
      const { pinSums } = require("./dev-pin") as typeof import("./dev-pin");
      await pinSums(file);
    });
  dev
    .command("fuzz")
    .description("feed the IPMI decoders mutated messages, and lead machines through fault schedules")
    .option("--packets <count>", "for each decoder", wholeNumber, 1_000_000)
    .option("--schedules <count>", "fault schedules of a machine's life", wholeNumber, 10_000)
    .option("--seed <text>", "what determines the packets and schedules; default the date")
    .action(async ({ packets, schedules, seed }: { packets: number; schedules: number; seed?: string }) => {
      const { runFuzzer, runSchedules } = require("./dev-fuzz") as typeof import("./dev-fuzz");
      const from = seed ?? new Date().toISOString().slice(0, 10);
      await runFuzzer({ packets, seed: from });
      await runSchedules(schedules, from);
    });
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("A whole number, 1 or more.");
}
