import { join } from "node:path";
import { SilentFailure } from "./failure";
import { interrupted } from "./interrupts";
import { TerminalProgress } from "./progress";
import { runToEnd } from "../base/run";

const ROOT = join(__dirname, "..");
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  eslint: ["node_modules/eslint/bin/eslint.js", "--max-warnings=0", "."],
  prettier: ["node_modules/prettier/bin/prettier.cjs", "--check", "--log-level=warn", "."],
  tsc: ["node_modules/typescript/bin/tsc", "--noEmit"],
};

/**
 * Runs every check, side by side, and prints what the failed ones found.
 * @throws {SilentFailure} if any failed
 */
export async function runLint(): Promise<void> {
  const progress = new TerminalProgress();
  const failed: string[] = [];
  await Promise.all(
    Object.entries(CHECKS).map(([name, args]) =>
      progress.step(name, async () => {
        const ended = await runToEnd([process.execPath, ...args], { cwd: ROOT, signal: interrupted });
        if (ended.status === 0) return;
        failed.push(name);
        progress.say(`${name} found:\n${(ended.stdout + ended.stderr).trimEnd()}`);
      }),
    ),
  );
  process.stdout.write(
    failed.length === 0 ? "lint: nothing to say\n" : `lint: ${failed.join(", ")} failed\n`,
  );
  if (failed.length > 0) throw new SilentFailure("lint failed");
}
