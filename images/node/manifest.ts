import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { z } from "zod";
import { replaceFile } from "../../base/files";

const digest = z.string().regex(/^[0-9a-f]{64}$/, "not a SHA-256 digest in lower-case hexadecimal");
const part = z.strictObject({ sha256: digest, bytes: z.int().min(1) });

/** Parts of a node image; each is a file of that name beside the manifest. */
export const IMAGE_PARTS = ["kernel", "initrd", "root"] as const;
export type ImagePart = (typeof IMAGE_PARTS)[number];

/** `manifest.json`: what an image holds and what it was made from. */
export const manifestSchema = z.strictObject({
  kind: z.literal("lectern-node-image"),
  /** Debian's release and processor architecture. */
  suite: z.string(),
  architecture: z.string(),
  kernelFlavor: z.string(),
  layers: z.array(z.string()),
  kubernetes: z.string(),
  /** Seconds since 1970 that every file carries (https://reproducible-builds.org/specs/source-date-epoch/). */
  sourceDateEpoch: z.int(),
  parts: z.strictObject({ kernel: part, initrd: part, root: part }),
  /** Every package with its version, sorted. */
  packages: z.record(z.string(), z.string()),
});
export type NodeImageManifest = z.infer<typeof manifestSchema>;

/** The manifest as it is written and signed. */
export function manifestText(manifest: NodeImageManifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/** A key pair of a site (Ed25519, RFC 8032): PKCS #8 and SPKI in PEM. The private key is a secret. */
export function makeSigningKey(): { readonly privateKey: string; readonly publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return {
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
}

/** The public key that belongs to a private one, SPKI in PEM. */
export function publicKeyOf(privateKey: string): string {
  return createPublicKey(createPrivateKey(privateKey)).export({ type: "spki", format: "pem" }).toString();
}

/** Signature over a manifest's text, Base64. */
export function signManifest(text: string, privateKey: string): string {
  return sign(null, Buffer.from(text), createPrivateKey(privateKey)).toString("base64");
}

/**
 * Reads a manifest that a site signed.
 * @throws {Error} if the signature is not that key's, or the text is no manifest
 */
export function readManifest(text: string, signature: string, publicKey: string): NodeImageManifest {
  const signed = Buffer.from(signature.trim(), "base64");
  if (!verify(null, Buffer.from(text), createPublicKey(publicKey), signed)) {
    throw new Error(
      "manifest.json: its signature is not the site key's; build the image anew, or give the key that signed it",
    );
  }
  return manifestSchema.parse(JSON.parse(text));
}

/** Signs a built image: writes manifest.sig and the public key, site.pub, beside its manifest. */
export function signImage(dir: string, privateKey: string): void {
  const signature = signManifest(readFileSync(join(dir, "manifest.json"), "utf8"), privateKey);
  replaceFile(join(dir, "manifest.sig"), `${signature}\n`, { mode: 0o644 });
  replaceFile(join(dir, "site.pub"), publicKeyOf(privateKey), { mode: 0o644 });
}
