import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { processStartTime, withLock } from "../base/lock";

/** What lies beside the files of an entry; written last, so an entry without it is none. */
export interface EntryNote {
  /** Where it came from: an address, a Go module, a list of Python packages, Debian's release. */
  readonly from: string;
  readonly source: "vendor" | "go" | "pip" | "debian";
  /** File name to size in bytes. */
  readonly files: Readonly<Record<string, number>>;
}

const NOTE = "entry.json";

/** `$LECTERN_CACHE`, else `$XDG_CACHE_HOME/lectern`, else `~/.cache/lectern`. */
export function defaultCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return env["LECTERN_CACHE"] || join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "lectern");
}

/** Hash of what an entry is made from: same parts, same entry. Sixteen hex digits. */
export function contentKey(parts: Readonly<Record<string, string>>): string {
  const hash = createHash("sha256");
  for (const [name, text] of Object.entries(parts).sort(([a], [b]) => (a < b ? -1 : 1))) {
    // Lengths keep neighbouring parts apart.
    hash.update(`${name.length}:${name}${Buffer.byteLength(text)}:`).update(text);
  }
  return hash.digest("hex").slice(0, 16);
}

/**
 * Folders named by what they were made from. An entry appears whole or not at all: it is made in a temporary
 * folder and renamed.
 */
export class Cache {
  constructor(readonly dir: string = defaultCacheDir()) {}

  /** The folder of a whole entry, or undefined. A file that lost bytes since makes it none. */
  find(id: string): { dir: string; note: EntryNote } | undefined {
    const dir = join(this.dir, id);
    try {
      const note = JSON.parse(readFileSync(join(dir, NOTE), "utf8")) as EntryNote;
      const whole = Object.entries(note.files).every(
        ([file, size]) => statSync(join(dir, file)).size === size,
      );
      return whole ? { dir, note } : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Makes an entry: `make` fills a temporary folder, which then becomes the entry.
   * @param id Such as `tools/etcd-3.7.3-0123456789abcdef`.
   * @returns the entry's folder
   */
  async publish(
    id: string,
    made: Pick<EntryNote, "from" | "source">,
    make: (dir: string) => Promise<void> | void,
  ): Promise<string> {
    return this.inTemporary(async (scratch) => {
      const dir = join(scratch, "entry");
      mkdirSync(dir);
      await make(dir);
      const files: Record<string, number> = {};
      for (const file of listFiles(dir)) files[file] = statSync(join(dir, file)).size;
      const note: EntryNote = { ...made, files };
      writeFileSync(join(dir, NOTE), `${JSON.stringify(note, null, 2)}\n`);
      for (const file of [...Object.keys(files), NOTE]) sync(join(dir, file));
      const target = join(this.dir, id);
      mkdirSync(dirname(target), { recursive: true });
      if (existsSync(target)) {
        if (this.find(id)) return target;
        // A damaged entry; moved first, so that nobody finds it half removed.
        renameSync(target, join(scratch, "damaged"));
      }
      try {
        renameSync(dir, target);
      } catch (error) {
        if (!this.find(id)) throw error;
      }
      sync(dirname(target));
      return target;
    });
  }

  /** Forgets an entry; who reads its files just now may go on. */
  remove(id: string): void {
    rmSync(join(this.dir, id), { recursive: true, force: true });
  }

  /** Runs `work` with a folder that is removed afterwards, or by the next run if this process dies. */
  async inTemporary<T>(work: (dir: string) => Promise<T>): Promise<T> {
    this.removeLeftovers();
    const name = `${process.pid}-${processStartTime(process.pid)}-${randomBytes(4).toString("hex")}`;
    const dir = join(this.dir, "tmp", name);
    mkdirSync(dir, { recursive: true });
    try {
      return await work(dir);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  }

  /** Runs `work` while no other process of this machine does the same thing. */
  locked<T>(
    name: string,
    work: () => Promise<T>,
    options: { onWait: (text: string) => void; signal?: AbortSignal },
  ): Promise<T> {
    return withLock(join(this.dir, "locks", `${name}.lock`), work, {
      onWait: (holder) => options.onWait(`waiting for process ${holder.pid}, which does the same`),
      ...(options.signal ? { signal: options.signal } : {}),
    });
  }

  private removeLeftovers(): void {
    const dir = join(this.dir, "tmp");
    if (!existsSync(dir)) return;
    for (const name of readdirSync(dir)) {
      const [pid, startTime] = name.split("-");
      if (processStartTime(Number(pid)) !== startTime)
        rmSync(join(dir, name), { recursive: true, force: true });
    }
  }
}

function listFiles(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((f) =>
    statSync(join(dir, f)).isFile(),
  );
}

function sync(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
