import { z } from "zod";
import { isStableName } from "../disks";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "not a SHA-256 digest");
const part = z.strictObject({ sha256, bytes: z.int().min(1) });
const guid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "not a GUID in lower case");

/** A disk that a machine's config gives to be written. */
export const diskConfigSchema = z.strictObject({
  /** Its name under /dev/disk/by-id, such as `nvme-…` or `wwn-…`. */
  byId: z
    .string()
    .max(255)
    .refine(
      isStableName,
      "not a name that stays with a disk: its name under /dev/disk/by-id, such as nvme-… or wwn-…",
    ),
  /** Whether what is on it may be lost. Default: no, so that only an empty disk is written. */
  erase: z.boolean().optional(),
});

/** What tells one disk from all others. */
export const diskIdentitySchema = z.strictObject({
  byId: z.string().max(255),
  size: z.int().min(0),
  serial: z.string().max(255).optional(),
  wwn: z.string().max(255).optional(),
});

/** A disk as a machine found it, for people and for the next verdict. */
export const foundDiskSchema = diskIdentitySchema.extend({
  /** What is on it, in words; empty: nothing. */
  holds: z.string().max(200),
  inUse: z.boolean(),
});
export type FoundDiskReport = z.infer<typeof foundDiskSchema>;

/** A disk that this site partitioned. */
export const ownDiskSchema = z.strictObject({ byId: z.string().max(255), guid });

/** What a site signed, the signature (Ed25519, Base64) and the key (SPKI in PEM). */
export const signedManifestSchema = z.strictObject({
  manifest: z.string(),
  signature: z.string(),
  publicKey: z.string(),
});

/** What a machine is to do with its disks, as the boot service answers a claim. Holds no secret. */
export const installOrderSchema = z.strictObject({
  disk: diskConfigSchema,
  /** Identities from before; a name that now belongs to another disk is refused. */
  recorded: z.array(diskIdentitySchema),
  own: z.array(ownDiskSchema),
  /** For a table that has to be made. */
  guid,
  /** Base address of the images. */
  url: z.url(),
  images: z.strictObject({ kernel: part, initrd: part, root: part }),
  /** Words for the kernel's command line. */
  arguments: z.array(z.string()),
  signed: signedManifestSchema,
});
export type InstallOrder = z.infer<typeof installOrderSchema>;
