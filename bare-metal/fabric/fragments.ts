import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Fragment } from "./index";

/** The fragments beside a partitions file: one JSON file an owner, written whole or not at all. */
export class FragmentFolder {
  private readonly dir: string;

  constructor(partitionsFile: string) {
    this.dir = join(dirname(partitionsFile), "fragments");
    mkdirSync(this.dir, { recursive: true });
  }

  /** All fragments, by owner. */
  all(): Map<string, Fragment> {
    const files = readdirSync(this.dir).filter((f) => f.endsWith(".json"));
    return new Map(files.sort().map((f) => [basename(f, ".json"), this.load(f)]));
  }

  /** Puts the owner's fragment, or removes it when there is none. */
  put(owner: string, fragment: Fragment | undefined): void {
    const file = join(this.dir, `${owner}.json`);
    if (fragment === undefined) rmSync(file, { force: true });
    else writeWhole(file, `${JSON.stringify(fragment, null, 2)}\n`);
  }

  private load(file: string): Fragment {
    return JSON.parse(readFileSync(join(this.dir, file), "utf8")) as Fragment;
  }
}

/** Writes beside the file and renames, so that a reader sees the old text or the new. */
export function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.tmp`, text);
  renameSync(`${file}.tmp`, file);
}

/** The file's text, or undefined if there is none. */
export function readWhole(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
