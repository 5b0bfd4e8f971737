import { createCipheriv, createHash } from "node:crypto";
import { join } from "node:path";
import type { Room } from "./room";
import { privateFolder, replaceFile } from "../base/files";
import { existsSync } from "node:fs";

/** What the room's machines boot: as small as will do, the same bytes in every room. */
const IMAGES = [
  { part: "kernel", bytes: 256 * 1024 },
  { part: "initrd", bytes: 256 * 1024 },
  { part: "root", bytes: 1024 * 1024 },
] as const;

/** Where the boot service finds its images. */
export function imagesFolder(room: Pick<Room, "dir">): string {
  return join(room.dir, "boot", "images");
}

/** Makes the images of the boot service and its `images.json`, unless they are there. */
export function ensureImages(room: Room): void {
  const dir = imagesFolder(room);
  privateFolder(dir);
  if (existsSync(join(dir, "images.json"))) return;
  const set: Record<string, string> = {};
  for (const { part, bytes } of IMAGES) {
    const content = noise(`lectern ${part} 1`, bytes);
    const sha256 = createHash("sha256").update(content).digest("hex");
    set[part] = sha256;
    if (!existsSync(join(dir, sha256))) replaceFile(join(dir, sha256), content, { mode: 0o644 });
  }
  replaceFile(join(dir, "images.json"), `${JSON.stringify(set, undefined, 2)}\n`, { mode: 0o644 });
}

/** Bytes that do not compress and depend on the seed alone: the key stream of AES-256-CTR. */
function noise(seed: string, bytes: number): Buffer {
  const key = createHash("sha256").update(seed).digest();
  return createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
}
