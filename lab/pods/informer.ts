import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type KubeApi } from "./api";
import type { KubeObject } from "./objects";

const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 2_000;

interface List<T> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly T[];
}

/**
 * A copy of one collection, kept by list and watch (Kubernetes API concepts, "Efficient detection of changes"):
 * after a break it goes on from the last version seen, and lists anew only if the server no longer has that one.
 */
export class Informer<T extends KubeObject> {
  private readonly objects = new Map<string, T>();
  private version: string | undefined;
  private listed = false;

  /**
   * @param path Of the collection, such as `/api/v1/namespaces/x/pods`.
   * @param onChange Called after each change of the copy.
   * @param onError Told of each break; the informer goes on by itself.
   */
  constructor(
    private readonly api: KubeApi,
    private readonly path: string,
    private readonly onChange: () => void,
    private readonly onError: (error: Error) => void,
  ) {}

  /** Whether the copy has been complete once. */
  get synced(): boolean {
    return this.listed;
  }

  list(): T[] {
    return [...this.objects.values()];
  }

  get(name: string): T | undefined {
    return this.objects.get(name);
  }

  /** Keeps the copy until the signal comes. */
  async run(signal: AbortSignal): Promise<void> {
    let retry = FIRST_RETRY_MS;
    while (!signal.aborted) {
      try {
        if (this.version === undefined) await this.relist();
        retry = FIRST_RETRY_MS;
        await this.follow(this.version as string, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof ApiError && error.status === 410) {
          this.version = undefined;
          continue;
        }
        this.onError(error as Error);
        // The delay is the distance between attempts, not a wait for something that could be observed.
        await sleep(retry, undefined, { signal }).catch(() => undefined);
        retry = Math.min(retry * 2, LAST_RETRY_MS);
      }
    }
  }

  private async relist(): Promise<void> {
    const list = await this.api.get<List<T>>(this.path);
    this.objects.clear();
    for (const object of list.items) this.objects.set(object.metadata.name, object);
    this.version = list.metadata.resourceVersion;
    this.listed = true;
    this.onChange();
  }

  private follow(version: string, signal: AbortSignal): Promise<void> {
    return this.api.watch<T>(this.path, version, signal, ({ type, object }) => {
      if (type === "ERROR") {
        const status = object as unknown as { code?: number; message?: string };
        throw new ApiError(status.code ?? 0, status.message ?? "watch error");
      }
      this.version = object.metadata.resourceVersion;
      if (type === "BOOKMARK") return;
      if (type === "DELETED") this.objects.delete(object.metadata.name);
      else this.objects.set(object.metadata.name, object);
      this.onChange();
    });
  }
}
