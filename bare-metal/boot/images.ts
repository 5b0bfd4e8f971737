import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { signedManifestSchema } from "../install";

const digest = z.string().regex(/^[0-9a-f]{64}$/, "not a SHA-256 digest in lower-case hexadecimal");

/** How the file of a named set ends. */
const NAMED = ".images.json";

/** `images.json`: what every machine boots. Each file stands beside it, named by its digest. */
export const imageSetSchema = z.strictObject({
  kernel: digest,
  initrd: digest,
  /** Root file system, or whatever the initrd fetches and starts. */
  root: digest,
  /** Added to the kernel's command line. */
  arguments: z.array(z.string().regex(/^[^\s${}]+$/, "one word, without $ { }")).default([]),
  /** Its manifest as the site signed it, with the key; without it, it is not installed to disks. */
  signed: signedManifestSchema.optional(),
});
export type ImageSet = z.infer<typeof imageSetSchema>;

/** Images of a boot service: the sets, and the file of each digest. */
export interface Images {
  /** What a machine boots that is not given another one. */
  readonly set: ImageSet;
  /** Others, by name. */
  readonly sets?: ReadonlyMap<string, ImageSet>;
  readonly files: ReadonlyMap<string, { readonly file: string; readonly bytes: number }>;
}

/**
 * Reads `images.json` of a folder, and the sets `<name>.images.json` beside it, and checks every file against the digest it is named by.
 * @throws {Error} naming the file that is missing or differs
 */
export async function loadImages(dir: string): Promise<Images> {
  const read = (file: string): ImageSet =>
    imageSetSchema.parse(JSON.parse(readFileSync(join(dir, file), "utf8")));
  const set = read("images.json");
  const sets = new Map(
    readdirSync(dir)
      .filter((file) => file.endsWith(NAMED))
      .map((file) => [basename(file, NAMED), read(file)]),
  );
  const files = new Map<string, { file: string; bytes: number }>();
  const digests = [set, ...sets.values()].flatMap((s) => [s.kernel, s.initrd, s.root]);
  for (const sha256 of new Set(digests)) {
    const file = join(dir, sha256);
    const found = await digestOfFile(file);
    if (found !== sha256)
      throw new Error(`${file}: its SHA-256 is ${found}; put the right file in its place`);
    files.set(sha256, { file, bytes: statSync(file).size });
  }
  return { set, sets, files };
}

async function digestOfFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  const handle = await open(file);
  for await (const chunk of handle.createReadStream()) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
