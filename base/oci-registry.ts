import { createHash } from "node:crypto";

/** An image by its digest, `host:port/name@sha256:...`. */
export interface ImageReference {
  readonly registry: string;
  readonly name: string;
  readonly digest: string;
}

/** Reads a reference by digest; undefined if it is none. */
export function parseImageReference(text: string): ImageReference | undefined {
  const match = /^([a-z0-9.-]+(?::\d{1,5})?)\/([a-z0-9._/-]+)@(sha256:[0-9a-f]{64})$/.exec(text);
  return match === null
    ? undefined
    : { registry: match[1] ?? "", name: match[2] ?? "", digest: match[3] ?? "" };
}

/** Types of manifests of one image (OCI Image Specification, "Image Manifest"; Docker's schema 2). */
const MANIFESTS = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
] as const;
const ANSWER_MS = 10_000;

/**
 * Digests of the layers of an image, the lowest first, as its registry has them (OCI Distribution Specification,
 * "Pulling manifests").
 * @param plain Whether the registry speaks plain HTTP. Default: TLS.
 * @throws {Error} if the registry does not answer, has no such image, or gives another
 */
export async function imageLayers(
  { registry, name, digest }: ImageReference,
  plain = false,
): Promise<string[]> {
  const url = `${plain ? "http" : "https"}://${registry}/v2/${name}/manifests/${digest}`;
  let response: Response;
  try {
    response = await fetch(url, {
      headers: { accept: MANIFESTS.join(", ") },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } catch (error) {
    throw new Error(`registry ${registry}: no answer (${String((error as Error).cause ?? error)})`, {
      cause: error,
    });
  }
  if (response.status === 404) throw new Error(`registry ${registry}: no image ${name}@${digest}`);
  if (!response.ok) throw new Error(`registry ${registry}: status ${response.status} for ${name}@${digest}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  const found = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  if (found !== digest) throw new Error(`registry ${registry}: gave ${found} for ${name}@${digest}`);
  const { layers } = JSON.parse(bytes.toString()) as {
    readonly layers?: readonly { readonly digest: string }[];
  };
  if (layers === undefined)
    throw new Error(`registry ${registry}: ${name}@${digest} is an index of several images; name one`);
  return layers.map((layer) => layer.digest);
}
