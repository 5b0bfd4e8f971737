import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";

// eslint-disable-next-line @typescript-eslint/no-require-imports -- also loaded before TypeScript is understood
const { keep, keptAt } = require("./kept") as {
  keep(file: string, content: string): void;
  keptAt(...names: string[]): string;
};

/** A file as it was when it was read. */
interface Kept {
  readonly size: number;
  readonly mtime: number;
  readonly ctime: number;
  readonly value: unknown;
}

/** Milliseconds that a file must be old for its times to tell it from one that is written over at this moment. */
const SETTLED = 1_000;

/**
 * What is read out of files, each read anew only when it has changed: for many files that are slow to understand. Values
 * are kept as JSON in the cache, under this name; without a cache all are read.
 * @param files absolute paths
 * @param read of one file; its value is JSON
 * @throws {Error} what `read` throws, and if a file is not there
 */
export function keptReads(
  name: string,
  files: readonly string[],
  read: (file: string) => unknown,
): unknown[] {
  const folder = createHash("sha256")
    .update(files[0] ?? "")
    .digest("hex")
    .slice(0, 16);
  const at = keptAt("reads", `${name}-${folder}`);
  const known = keptBefore(at);
  let isNew = Object.keys(known).length !== files.length;
  const now = Date.now();
  const all = files.map((file) => {
    const { size, mtimeMs: mtime, ctimeMs: ctime } = statSync(file);
    const found = known[file];
    if (found?.size === size && found.mtime === mtime && found.ctime === ctime) return { file, kept: found };
    isNew = true;
    return { file, kept: { size, mtime, ctime, value: read(file) } };
  });
  if (isNew) {
    const settled = all.filter(({ kept }) => now - kept.ctime > SETTLED);
    keep(at, JSON.stringify(Object.fromEntries(settled.map(({ file, kept }) => [file, kept]))));
  }
  return all.map(({ kept }) => kept.value);
}

function keptBefore(at: string): Readonly<Record<string, Kept>> {
  try {
    return JSON.parse(readFileSync(at, "utf8")) as Record<string, Kept>;
  } catch {
    return {};
  }
}
