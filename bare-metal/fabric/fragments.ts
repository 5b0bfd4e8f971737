import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { replaceFile } from "../../base/files";
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
    else replaceFile(file, `${JSON.stringify(fragment, null, 2)}\n`, { mode: 0o644 });
  }

  private load(file: string): Fragment {
    return JSON.parse(readFileSync(join(this.dir, file), "utf8")) as Fragment;
  }
}
