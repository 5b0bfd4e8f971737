import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";

/** Writes a file whole (beside, then renamed), so that a reader or a kill never meets half of it. */
export function replaceFile(file: string, content: string | Buffer, mode = 0o600): void {
  const beside = `${file}.${process.pid}.tmp`;
  writeFileSync(beside, content, { mode });
  renameSync(beside, file);
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

/** Makes a folder that only its owner may enter, and those above it. Idempotent. */
export function privateFolder(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
}
