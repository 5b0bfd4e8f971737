import { createHash } from "node:crypto";
import { createReadStream, copyFileSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ImageSet } from "../../bare-metal/boot/images";
import { IMAGE_PARTS, type NodeImageManifest, readManifest } from "./manifest";
import { privateFolder, replaceFile } from "../../base/files";

export interface PublishOptions {
  /** Folder of a built image: manifest.json, manifest.sig, kernel, initrd, root. */
  readonly image: string;
  /** File of the signature. Default: manifest.sig beside the manifest. */
  readonly signature?: string;
  /** Folder of the boot service's images. */
  readonly images: string;
  /** The site's Ed25519 key, SPKI in PEM: what it did not sign is not published. */
  readonly publicKey: string;
  /** Name of the set. Default: what every machine boots that is not given another one. */
  readonly name?: string;
  /** Words for the kernel's command line. Default: a console on the first serial port. */
  readonly arguments?: readonly string[];
}

/**
 * Puts a signed image where the boot service finds it; machines see it whole or not at all. Idempotent.
 * @throws {Error} if the signature is not the key's, a part differs from its digest, or the disk is full
 */
export async function publishImage(options: PublishOptions): Promise<void> {
  const { image, images, name, arguments: words } = options;
  const signedImage = readSigned(image, options.publicKey, options.signature);
  const { parts } = signedImage;
  privateFolder(images);
  for (const part of IMAGE_PARTS) {
    const { sha256 } = parts[part];
    const [from, to] = [join(image, part), join(images, sha256)];
    if (existsSync(to)) continue;
    const beside = `${to}.${process.pid}.tmp`;
    try {
      copyFileSync(from, beside);
      const found = await digest(beside);
      if (found !== sha256)
        throw new Error(
          `${from}: its SHA-256 is ${found}, the manifest says ${sha256}; build the image anew`,
        );
      renameSync(beside, to);
    } catch (error) {
      rmSync(beside, { force: true });
      if ((error as NodeJS.ErrnoException).code === "ENOSPC")
        throw new Error(
          `${images}: no space for ${part} (${parts[part].bytes} bytes); remove old images there`,
          {
            cause: error,
          },
        );
      throw error;
    }
  }
  const set = imageSetOf(signedImage, words);
  const file = name === undefined ? "images.json" : `${name}.images.json`;
  replaceFile(join(images, file), `${JSON.stringify(set, undefined, 2)}\n`, { mode: 0o644 });
}

/** A built image as its signed manifest describes it, and that manifest as the boot service hands it on. */
export interface SignedImage {
  readonly parts: NodeImageManifest["parts"];
  readonly signed: NonNullable<ImageSet["signed"]>;
}

/** @throws {Error} unless the image's manifest is signed by that key */
export function readSigned(image: string, publicKey: string, signatureFile?: string): SignedImage {
  const manifest = readFileSync(join(image, "manifest.json"), "utf8");
  const signature = readFileSync(signatureFile ?? join(image, "manifest.sig"), "utf8").trim();
  const { parts } = readManifest(manifest, signature, publicKey);
  return { parts, signed: { manifest, signature, publicKey } };
}

/** What the boot service is told of an image. @param words For the kernel's command line. */
export function imageSetOf(
  { parts: { kernel, initrd, root }, signed }: SignedImage,
  words: readonly string[] = ["console=tty0", "console=ttyS0,115200"],
): ImageSet {
  return {
    kernel: kernel.sha256,
    initrd: initrd.sha256,
    root: root.sha256,
    arguments: ["boot=lectern", "ip=dhcp", ...words],
    signed,
  };
}

async function digest(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
