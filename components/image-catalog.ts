import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

export interface CatalogImage {
  readonly name: string;
  /** Absolute path of the folder with its Containerfile. */
  readonly context: string;
}

export interface ImageCatalogArgs {
  readonly images: readonly CatalogImage[];
  /** Registry, `host:port`. */
  readonly registry: string;
  /** Absolute path of the program that builds a context, pushes it and prints its reference by digest. */
  readonly builder: string;
}

/** The images that the room offers to its courses: built from their contexts, pushed to the room's registry, named by digest. */
export class ImageCatalog extends pulumi.ComponentResource {
  /** Reference by digest, `host:port/lectern/<name>@sha256:...`, by image name. */
  readonly images: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: ImageCatalogArgs, options?: pulumi.ComponentResourceOptions) {
    super("lectern:index:ImageCatalog", name, {}, options);
    const references = args.images.map(({ name: image, context }) => {
      const build = new local.Command(
        `image-${image}`,
        {
          create: `"$BUILDER" "$CONTEXT" "$REPOSITORY"`,
          environment: {
            BUILDER: args.builder,
            CONTEXT: context,
            REPOSITORY: `${args.registry}/lectern/${image}`,
          },
          triggers: [folderDigest(context)],
        },
        { parent: this },
      );
      return [image, build.stdout] as const;
    });
    this.images = pulumi.output(Object.fromEntries(references));
    this.registerOutputs({ images: this.images });
  }
}

/**
 * SHA-256 over the names and contents of a folder's files, in order of name, and whether each is executable; the rest
 * of the mode comes from the umask of whoever cloned.
 */
export function folderDigest(folder: string): string {
  const hash = createHash("sha256");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) {
    const content = readFileSync(file);
    const kind = (statSync(file).mode & 0o100) === 0 ? "file" : "program";
    hash.update(`${relative(folder, file)}\0${kind}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}
