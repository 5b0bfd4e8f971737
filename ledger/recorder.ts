import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type KubeApi } from "../base/kubernetes/api";
import { follow } from "../base/kubernetes/follow";
import { LEDGER_FINALIZER } from "../policies/course-states";
import { boundAt, gpuHoldings, type LedgerPod, releasedAt } from "./pods";
import { FORMAT, type Line } from "./rows";
import type { LedgerStore } from "./store";
import type { Surroundings } from "./surroundings";

/** Finalizers that are taken off side by side. */
const RELEASES = 16;
const RETRY_MS = 500;
const CONFLICT = 409;
const GONE = [404, 410];

export interface RecorderOptions {
  readonly api: KubeApi;
  readonly store: LedgerStore;
  readonly surroundings: Surroundings;
  readonly log: (line: string) => void;
  /** Milliseconds since 1970. Default: the machine's clock. */
  readonly clock?: () => number;
  /** When the recorder, or the one before it, last knew all pods. Default: never. */
  readonly lastContact?: number;
}

/**
 * Writes down which pods hold GPUs, from when to when. Times are the API server's and the kubelets' own, and a pod
 * with GPUs stays (by a finalizer) until its row is on the disk, so the ledger is the same however often and whenever
 * the recorder is killed.
 */
export class Recorder {
  /** When nothing was missed for the last time, milliseconds since 1970; 0: never. */
  contact: number;
  /** Pods that ended and still carry the finalizer. */
  private readonly waiting = new Map<string, LedgerPod>();
  private readonly releasing = new Set<string>();
  private readonly changed = new Map<string, { readonly pod: LedgerPod; readonly gone: boolean }>();
  private working: Promise<void> | undefined;
  private failure: unknown;
  private readonly clock: () => number;

  constructor(private readonly options: RecorderOptions) {
    this.clock = options.clock ?? Date.now;
    this.contact = options.lastContact ?? 0;
  }

  get pending(): number {
    return this.waiting.size + this.changed.size;
  }

  /**
   * Records until the signal comes. The surroundings must be known.
   * @throws {Error} if the ledger cannot be written: what was seen since is recorded by the next start
   */
  async run(signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    const listener = {
      onList: (pods: readonly LedgerPod[]): void => {
        this.closeVanished(new Set(pods.map((pod) => pod.metadata.uid)));
        for (const pod of pods) this.note(pod, false, stop);
      },
      onChange: (type: string, pod: LedgerPod): void => this.note(pod, type === "DELETED", stop),
      onError: (error: Error): void => this.options.log(`pods: ${error.message}`),
      onExpired: (error: Error): void =>
        this.options.log(`pods: listed anew, for changes were missed: ${error.message}`),
      onContact: (): void => {
        this.contact = this.clock();
      },
    };
    await follow<LedgerPod>(this.options.api, "/api/v1/pods", listener, both);
    await this.working;
    if (this.failure !== undefined) throw this.failure;
  }

  /** Of a pod the last state counts: its stamps tell all that was before. */
  private note(pod: LedgerPod, gone: boolean, stop: AbortController): void {
    this.changed.set(pod.metadata.uid, { pod, gone });
    this.start(stop);
  }

  private start(stop: AbortController): void {
    if (this.failure !== undefined) return;
    this.working ??= this.work()
      .catch((error: unknown) => {
        this.failure = error;
        stop.abort();
      })
      .finally(() => {
        this.working = undefined;
        if (this.changed.size > 0) this.start(stop);
      });
  }

  private async work(): Promise<void> {
    // What comes in one turn is written together.
    await new Promise(setImmediate);
    while (this.changed.size > 0) {
      const batch = [...this.changed.values()];
      this.changed.clear();
      const lines: Line[] = [];
      for (const { pod, gone } of batch) lines.push(...(await this.linesOf(pod, gone)));
      this.options.store.append(lines);
      for (const { pod, gone } of batch) this.settle(pod, gone);
      this.release();
    }
  }

  /** What the ledger has to say of a pod now; the store leaves out what it knows. */
  private async linesOf(pod: LedgerPod, gone: boolean): Promise<Line[]> {
    const { metadata, spec } = pod;
    const course = this.options.surroundings.course(metadata.namespace ?? "");
    const from = boundAt(pod);
    if (course === undefined || from === undefined) return [];
    if (gpuHoldings(pod).length === 0) return [];
    const holdings = gpuHoldings(pod, await this.options.surroundings.nodeLabels(spec.nodeName ?? ""));
    const total = holdings.reduce((sum, { count }) => sum + count, 0);
    const to = releasedAt(pod);
    const estimated = to === undefined && gone;
    const end = to ?? (gone ? (metadata.deletionTimestamp ?? this.stamp(this.clock())) : undefined);
    return holdings.flatMap((holding): Line[] => [
      {
        v: FORMAT,
        line: "bound",
        uid: metadata.uid,
        pod: metadata.name,
        namespace: metadata.namespace ?? "",
        course: course.course,
        student: this.options.surroundings.studentOf(pod),
        size: this.options.surroundings.sizeOf(pod, total),
        node: spec.nodeName ?? "",
        ...holding,
        from,
      },
      ...(end === undefined ? [] : [this.released(metadata.uid, holding.kind, from, end, estimated)]),
    ]);
  }

  private released(uid: string, kind: string, from: string, to: string, estimated: boolean): Line {
    // Clocks of two machines may differ: a row never ends before it began.
    const end = Date.parse(to) < Date.parse(from) ? from : to;
    return { v: FORMAT, line: "released", uid, kind, to: end, ...(estimated ? { estimated: true } : {}) };
  }

  /** Rows of pods that are gone, without a word: they had no finalizer, and went while nobody looked. */
  private closeVanished(present: ReadonlySet<string>): void {
    const lines = [...this.options.store.rows.values()]
      .filter((row) => row.to === undefined && !present.has(row.uid))
      .map((row) => this.released(row.uid, row.kind, row.from, this.stamp(this.contact), true));
    this.options.store.append(lines);
    if (lines.length > 0) {
      this.options.log(`${lines.length} rows of pods that went unseen are closed with an estimate`);
    }
  }

  private settle(pod: LedgerPod, gone: boolean): void {
    const { uid, finalizers = [], deletionTimestamp } = pod.metadata;
    const neverBound = deletionTimestamp !== undefined && !pod.spec.nodeName;
    const done = neverBound || releasedAt(pod) !== undefined;
    if (!gone && done && finalizers.includes(LEDGER_FINALIZER)) this.waiting.set(uid, pod);
    else this.waiting.delete(uid);
  }

  private release(): void {
    for (const [uid, pod] of this.waiting) {
      if (this.releasing.size >= RELEASES) return;
      if (this.releasing.has(uid)) continue;
      this.releasing.add(uid);
      void this.takeFinalizer(pod)
        .then(() => this.waiting.get(uid) === pod && this.waiting.delete(uid))
        .catch(async (error: unknown) => {
          this.options.log(`${pod.metadata.name}: ${(error as Error).message}`);
          // The distance between attempts.
          await sleep(RETRY_MS);
        })
        .finally(() => {
          this.releasing.delete(uid);
          if (this.waiting.size > this.releasing.size) setImmediate(() => this.release());
        });
    }
  }

  /** Lets the pod go. A pod that has changed meanwhile comes again by itself. */
  private async takeFinalizer({ metadata }: LedgerPod): Promise<void> {
    const { namespace, name, uid, resourceVersion, finalizers = [] } = metadata;
    const rest = finalizers.filter((finalizer) => finalizer !== LEDGER_FINALIZER);
    try {
      await this.options.api.patch(`/api/v1/namespaces/${namespace}/pods/${name}`, {
        metadata: { uid, resourceVersion, finalizers: rest },
      });
    } catch (error) {
      if (error instanceof ApiError && [...GONE, CONFLICT].includes(error.status)) return;
      throw error;
    }
  }

  private stamp(at: number): string {
    return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
  }
}
