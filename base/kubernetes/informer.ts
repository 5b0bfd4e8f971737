import type { KubeApi } from "./api";
import { follow } from "./follow";
import type { KubeObject } from "./objects";

/** A copy of one collection of one namespace, or of objects without one, kept by list and watch. */
export class Informer<T extends KubeObject> {
  private readonly objects = new Map<string, T>();
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
  run(signal: AbortSignal): Promise<void> {
    const listener = {
      onList: (objects: readonly T[]): void => {
        this.objects.clear();
        for (const object of objects) this.objects.set(object.metadata.name, object);
        this.listed = true;
        this.onChange();
      },
      onChange: (type: string, object: T): void => {
        if (type === "DELETED") this.objects.delete(object.metadata.name);
        else this.objects.set(object.metadata.name, object);
        this.onChange();
      },
      onError: this.onError,
    };
    return follow<T>(this.api, this.path, listener, signal);
  }
}
