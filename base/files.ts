import {
  chmodSync,
  closeSync,
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
import { join } from "node:path";

export interface ReplaceOptions {
  /** Access rights, less the umask. Default 0600. */
  readonly mode?: number;
  /** Whether the content is on the disk before it takes its place, so that a power cut loses nothing. Default false. */
  readonly durable?: boolean;
}

/**
 * Writes a file whole: beside its place, then renamed. A reader or a kill meets the old content or the new.
 * The file beside ends in `.tmp`.
 */
export function replaceFile(file: string, content: string | Buffer, options: ReplaceOptions = {}): void {
  const { mode = 0o600, durable = false } = options;
  const beside = `${file}.${process.pid}.tmp`;
  try {
    const fd = openSync(beside, "w", mode);
    try {
      writeFileSync(fd, content);
      if (durable) fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** The file's text, or undefined if there is no such file. */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    // ENOTDIR: a file stands where a folder of it would be.
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

/** Makes a folder that only its owner may enter, and those above it. One that is there stays as it is. */
export function privateFolder(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
}

/** Lets the owner write in a whole tree: a copy of read-only folders, as Go's module cache has, could not be removed. */
export function makeWritable(dir: string): void {
  for (const name of ["", ...readdirSync(dir, { recursive: true, encoding: "utf8" })]) {
    const path = join(dir, name);
    chmodSync(path, statSync(path).mode | 0o200);
  }
}
