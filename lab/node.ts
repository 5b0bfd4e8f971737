import { join } from "node:path";

/** How a TypeScript program of this clone is run as a process of its own: argv and the folder to run it in. */
export function runTypeScript(
  file: string,
  args: readonly string[],
): { argv: [string, ...string[]]; cwd: string } {
  // The loader is found from the folder in which Node is started.
  return { argv: [process.execPath, "-r", "lectern/register", file, ...args], cwd: join(__dirname, "..") };
}
