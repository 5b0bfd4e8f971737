import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

// eslint-disable-next-line @typescript-eslint/no-require-imports -- also loaded before TypeScript is understood
const { keep, keptAt } = require("./kept") as {
  keep(file: string, content: string): void;
  keptAt(...names: string[]): string;
};

/**
 * What is read out of texts, each understood anew only when it has changed: for many texts that are slow to understand.
 * Values are kept as JSON in the cache, by the digests of their texts; without a cache all are read.
 * @param folder where the texts come from: each has a file of its own in the cache, for as long as these last
 * @param read of one text; its value is JSON, and nothing counts as null
 */
export function keptReads(
  folder: string,
  texts: readonly string[],
  read: (text: string) => unknown,
): unknown[] {
  const at = keptAt("reads", folder.replace(/[^\w.-]/g, "-"));
  const known = keptBefore(at);
  const all = texts.map((text) => {
    const digest = createHash("sha256").update(text).digest("hex");
    return [digest, digest in known ? known[digest] : (read(text) ?? null)] as const;
  });
  if (all.some(([digest]) => !(digest in known))) keep(at, JSON.stringify(Object.fromEntries(all)));
  return all.map(([, value]) => value);
}

function keptBefore(at: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(readFileSync(at, "utf8")) as Record<string, unknown>;
  } catch {
    return {};
  }
}
