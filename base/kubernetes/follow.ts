import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type KubeApi } from "./api";
import type { KubeObject } from "./objects";

const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 2_000;
/** Objects of one answer of a list. */
const PAGE = 500;

interface List<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly T[];
}

/** Who is told what a collection holds and how it changes. */
export interface Listener<T> {
  /** All that there is: at the start, and whenever changes may have been missed. */
  onList(objects: readonly T[]): void;
  onChange(type: "ADDED" | "MODIFIED" | "DELETED", object: T): void;
  /** Each break; the following goes on by itself. */
  onError(error: Error): void;
  /** The server no longer has what came after the last version seen, so all is listed anew. */
  onExpired?(error: Error): void;
  /** Each sign that nothing is missed: a list, a change, a bookmark. */
  onContact?(): void;
}

/**
 * Follows one collection by list and watch (Kubernetes API concepts, "Efficient detection of changes") until the signal
 * comes: after a break it goes on from the last version seen, and lists anew only if the server no longer has that one.
 * @param path Of the collection, such as `/api/v1/namespaces/x/pods`.
 * @param query Selectors for list and watch, such as `labelSelector=a%3Db`. Default: none.
 */
export async function follow<T extends KubeObject>(
  api: KubeApi,
  path: string,
  listener: Listener<T>,
  signal: AbortSignal,
  query = "",
): Promise<void> {
  let retry = FIRST_RETRY_MS;
  let version: string | undefined;
  while (!signal.aborted) {
    try {
      if (version === undefined) {
        const list = await listAll<T>(api, path, query);
        version = list.version;
        listener.onList(list.objects);
        listener.onContact?.();
      }
      retry = FIRST_RETRY_MS;
      await api.watch<T>(
        path,
        version,
        signal,
        ({ type, object }) => {
          if (type === "ERROR") {
            const status = object as unknown as { code?: number; message?: string };
            throw new ApiError(status.code ?? 0, status.message ?? "watch error");
          }
          version = object.metadata.resourceVersion;
          if (type !== "BOOKMARK") listener.onChange(type, object);
          listener.onContact?.();
        },
        query,
      );
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && error.status === 410) {
        version = undefined;
        listener.onExpired?.(error);
        continue;
      }
      listener.onError(error as Error);
      // The delay is the distance between attempts, not a wait for something that could be observed.
      await sleep(retry, undefined, { signal }).catch(() => undefined);
      retry = Math.min(retry * 2, LAST_RETRY_MS);
    }
  }
}

/** All objects of a collection as of one version, a page at a time. */
export async function listAll<T extends KubeObject>(
  api: KubeApi,
  path: string,
  query = "",
): Promise<{ readonly objects: readonly T[]; readonly version: string }> {
  const objects: T[] = [];
  let more = "";
  for (;;) {
    const words = [`limit=${PAGE}`, query, more].filter((word) => word !== "").join("&");
    const { metadata, items } = await api.get<List<T>>(`${path}?${words}`);
    objects.push(...items);
    if (!metadata.continue) return { objects, version: metadata.resourceVersion };
    more = `continue=${encodeURIComponent(metadata.continue)}`;
  }
}
