import { parseSize } from "../base/units";
import type { KubeObject } from "../base/kubernetes/objects";
import { GPU_RESOURCE } from "../components/plan/site-plan";

/** A pod, as far as the queue of a course is told by it (Kubernetes API reference, Pod v1). */
export interface QueuedPod extends KubeObject {
  readonly spec?: {
    readonly priority?: number;
    readonly nodeName?: string;
    readonly activeDeadlineSeconds?: number;
    readonly containers?: readonly {
      readonly resources?: { readonly limits?: Readonly<Record<string, string>> };
    }[];
  };
  readonly status?: { readonly phase?: string; readonly startTime?: string };
}

/** One task of a course: a job with its pods, or a pod of its own. Times are in seconds. */
export interface QueueEntry {
  /** Whose it is, by its name; empty where that is nobody's of the course. */
  readonly creator: string;
  readonly task: string;
  /** `waiting`, `running`, `done` or `failed`. */
  readonly status: string;
  readonly pods: number;
  readonly gpus: number;
  readonly waiting: number;
  readonly running: number;
  /** Until its deadline; absent where it has none or does not run. */
  readonly left?: number;
  /** Place among those that wait, from 1 on. */
  readonly order?: number;
}

/** What one person holds now. */
export interface UsageEntry {
  readonly person: string;
  readonly pods: number;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly gpus: number;
}

/** Label that Volcano gives the pods of a job. */
const JOB_LABEL = "volcano.sh/job-name";

/** The one of these people after whom a task is called (policies/rules/own-work.ts). */
export function creatorOf(task: string, people: readonly string[]): string {
  return people.find((person) => task.startsWith(`${person}-`)) ?? "";
}

/** The tasks of a course: those that run, then those that wait in their order, then those that ended. Pure. */
export function queueOf(pods: readonly QueuedPod[], people: readonly string[], now: number): QueueEntry[] {
  const tasks = new Map<string, QueuedPod[]>();
  for (const pod of pods) {
    const task = pod.metadata.labels?.[JOB_LABEL] ?? pod.metadata.name;
    tasks.set(task, [...(tasks.get(task) ?? []), pod]);
  }
  const entries = [...tasks].map(([task, members]) => ({
    members,
    entry: entryOf(task, members, people, now),
  }));
  const waiting = entries
    .filter(({ entry }) => entry.status === "waiting")
    .sort(
      (a, b) => priorityOf(b.members) - priorityOf(a.members) || createdAt(a.members) - createdAt(b.members),
    )
    .map(({ entry }, i) => ({ ...entry, order: i + 1 }));
  const of = (status: string) => entries.map(({ entry }) => entry).filter((e) => e.status === status);
  return [...of("running"), ...waiting, ...of("done"), ...of("failed")];
}

function entryOf(
  task: string,
  members: readonly QueuedPod[],
  people: readonly string[],
  now: number,
): QueueEntry {
  const phases = members.map((p) => p.status?.phase ?? "Pending");
  const status = phases.includes("Running")
    ? "running"
    : phases.includes("Pending")
      ? "waiting"
      : phases.includes("Failed")
        ? "failed"
        : "done";
  const starts = members.flatMap((p) =>
    p.status?.startTime === undefined ? [] : [Date.parse(p.status.startTime)],
  );
  const started = status === "waiting" || starts.length === 0 ? undefined : Math.min(...starts);
  const seconds = (ms: number) => Math.max(0, Math.round(ms / 1_000));
  const deadlines = members.flatMap((p) => p.spec?.activeDeadlineSeconds ?? []);
  const running = started === undefined || status !== "running" ? 0 : seconds(now - started);
  return {
    creator: creatorOf(task, people),
    task,
    status,
    pods: members.length,
    gpus: members.reduce((sum, p) => sum + amount(p, GPU_RESOURCE), 0),
    waiting: seconds((started ?? now) - createdAt(members)),
    running,
    ...(status === "running" && deadlines.length > 0
      ? { left: Math.max(0, Math.min(...deadlines) - running) }
      : {}),
  };
}

/** What each person of a course holds now; those with the most GPUs first. Pure. */
export function usageOf(pods: readonly QueuedPod[], people: readonly string[]): UsageEntry[] {
  const live = pods.filter(
    (p) => p.spec?.nodeName !== undefined && !["Succeeded", "Failed"].includes(p.status?.phase ?? ""),
  );
  return people
    .map((person) => {
      const own = live.filter(
        (p) => creatorOf(p.metadata.labels?.[JOB_LABEL] ?? p.metadata.name, people) === person,
      );
      const sum = (resource: string) => own.reduce((total, p) => total + amount(p, resource), 0);
      return {
        person,
        pods: own.length,
        cpus: sum("cpu"),
        memoryBytes: sum("memory"),
        gpus: sum(GPU_RESOURCE),
      };
    })
    .sort((a, b) => b.gpus - a.gpus || (a.person < b.person ? -1 : 1));
}

function amount({ spec }: QueuedPod, resource: string): number {
  return (spec?.containers ?? []).reduce((sum, { resources }) => {
    const text = resources?.limits?.[resource];
    if (text === undefined) return sum;
    return sum + (text.endsWith("m") ? Number(text.slice(0, -1)) / 1_000 : (parseSize(text) ?? 0));
  }, 0);
}

const createdAt = (members: readonly QueuedPod[]): number =>
  Math.min(...members.map((p) => Date.parse(p.metadata.creationTimestamp ?? "")));
const priorityOf = (members: readonly QueuedPod[]): number =>
  Math.max(...members.map((p) => p.spec?.priority ?? 0));
