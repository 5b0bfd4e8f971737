/** A Kubernetes object as it is written. */
export interface WrittenObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
}

/**
 * The path of an object in the API (Kubernetes API concepts, "Resource URIs"). Plurals are those of English, which holds
 * for the kinds of Kubernetes itself but for a few (`Endpoints`), and for Volcano's.
 */
export function objectPath({ apiVersion, kind, metadata }: WrittenObject): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const within = metadata.namespace === undefined ? "" : `/namespaces/${metadata.namespace}`;
  const lower = kind.toLowerCase();
  const plural = /(?:s|x|ch|sh)$/.test(lower)
    ? `${lower}es`
    : /[^aeiou]y$/.test(lower)
      ? `${lower.slice(0, -1)}ies`
      : `${lower}s`;
  return `${root}${within}/${plural}/${encodeURIComponent(metadata.name)}`;
}
