import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { contentKey, type Cache } from "./cache";
import type { DataName, ToolName } from "./pins";

/** Where a tool was found or got from. */
export type ToolSource =
  "PATH" | "Pulumi plugin" | "cache (vendor)" | "cache (Go)" | "vendor" | "built" | "missing";

/** One tool as it is on this machine. */
export interface FoundTool {
  readonly name: ToolName;
  /** The version that is there; the pinned one where it is missing. */
  readonly version: string;
  readonly source: ToolSource;
  /** Absolute path of the program; undefined where it is missing. */
  readonly path?: string;
}

/** Tools that are there, by name. */
export class Toolbox {
  /**
   * @param binDirs Folders for the front of PATH, first one first.
   * @param tools Every tool that was asked for.
   */
  constructor(
    readonly binDirs: readonly string[],
    readonly tools: readonly FoundTool[],
    private readonly dataDirs: ReadonlyMap<string, string>,
  ) {}

  /**
   * Absolute path of a program.
   * @throws {Error} if the tool was not asked for
   */
  path(name: ToolName): string {
    const path = this.tools.find((t) => t.name === name)?.path;
    if (path === undefined) throw new Error(`${name} is not in this toolbox; ask ensureTools for it`);
    return path;
  }

  /**
   * Absolute path of a folder of files that come with a tool.
   * @throws {Error} if no tool that it comes with was asked for
   */
  data(name: DataName): string {
    const dir = this.dataDirs.get(name);
    if (dir === undefined)
      throw new Error(`${name} is not in this toolbox; ask ensureTools for a tool that it is for`);
    return dir;
  }

  /** PATH with these tools first. */
  searchPath(rest: string = process.env["PATH"] ?? ""): string {
    return [...this.binDirs, rest].join(":");
  }
}

/**
 * One folder of links to programs, named by what they point at, so that PATH grows by one entry only.
 * @param programs Absolute paths; a program's companions in the same cache entry come along.
 */
export function linkFolder(cache: Cache, programs: readonly string[]): string {
  const links = new Map<string, string>();
  for (const program of programs) {
    const dir = dirname(program);
    const companions = dir.startsWith(cache.dir) ? readdirSync(dir).filter((f) => f !== "entry.json") : [];
    for (const name of [basename(program), ...companions]) links.set(name, join(dir, name));
  }
  const dir = join(cache.dir, "toolboxes", contentKey(Object.fromEntries(links)));
  if (existsSync(dir)) return dir;
  const scratch = `${dir}.${process.pid}`;
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  for (const [name, target] of links) symlinkSync(target, join(scratch, name));
  try {
    renameSync(scratch, dir);
  } catch (error) {
    rmSync(scratch, { recursive: true, force: true });
    if (!lstatSync(dir, { throwIfNoEntry: false })) throw error;
  }
  return dir;
}
