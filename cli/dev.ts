import type { Command } from "commander";

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
}
