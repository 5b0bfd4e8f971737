import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve, sep } from "node:path";

/** A platform as Go names it. */
export interface Platform {
  readonly os: string;
  readonly arch: string;
}

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: "amd64",
  arm64: "arm64",
  ia32: "386",
  ppc64: "ppc64le",
};

/** The platform of this machine. */
export function thisPlatform(): Platform {
  return { os: process.platform, arch: ARCHITECTURES[process.arch] ?? process.arch };
}

/**
 * Every program of that name in PATH, in its order.
 * @param except Folders whose programs do not count, with all below them.
 */
export function onPath(name: string, env: NodeJS.ProcessEnv, except: readonly string[] = []): string[] {
  return (env["PATH"] ?? "")
    .split(delimiter)
    .filter((dir) => dir !== "" && !except.some((e) => isBelow(dir, e)))
    .map((dir) => resolve(dir, name))
    .filter(isProgram);
}

/** Whether the path is an executable file. */
export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function isBelow(dir: string, parent: string): boolean {
  return resolve(dir) === resolve(parent) || resolve(dir).startsWith(join(resolve(parent), sep));
}
