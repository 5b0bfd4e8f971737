import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";

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
