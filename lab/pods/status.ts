import type { Condition, Pod } from "./objects";

/** What the runner sees of a pod's one container. */
export interface Observed {
  readonly state:
    | { readonly kind: "waiting"; readonly reason: string; readonly message: string }
    | { readonly kind: "running"; readonly startedAt: string; readonly ready: boolean }
    | {
        readonly kind: "ended";
        readonly startedAt: string;
        readonly finishedAt: string;
        readonly code: number;
      };
  readonly restarts: number;
  readonly address?: string;
  readonly hostAddress?: string;
}

/**
 * The pod's status as kubelet would write it (Kubernetes, pod lifecycle): phase, conditions, the container's state.
 * An ended container is Succeeded or Failed here; the caller decides by restartPolicy whether it has ended for good.
 * Conditions of others are kept, and so is the time of a condition that has not changed.
 */
export function podStatus(pod: Pod, observed: Observed, now: string): Record<string, unknown> {
  const { state } = observed;
  const ready = state.kind === "running" && state.ready;
  const container = pod.spec.containers[0];
  const address = observed.address;
  return {
    phase: phaseOf(pod, state),
    startTime: pod.status?.startTime ?? now,
    ...(observed.hostAddress
      ? { hostIP: observed.hostAddress, hostIPs: [{ ip: observed.hostAddress }] }
      : {}),
    ...(address ? { podIP: address, podIPs: [{ ip: address }] } : {}),
    conditions: conditionsOf(pod, state, ready, now),
    containerStatuses: [
      {
        name: container?.name,
        image: container?.image,
        imageID: "",
        ready,
        started: state.kind === "running",
        restartCount: observed.restarts,
        state: containerState(state),
      },
    ],
  };
}

function phaseOf(pod: Pod, state: Observed["state"]): string {
  if (state.kind === "ended") return state.code === 0 ? "Succeeded" : "Failed";
  // A phase never goes back: a pod that waits for its restart is still Running.
  return state.kind === "running" || pod.status?.phase === "Running" ? "Running" : "Pending";
}

function containerState(state: Observed["state"]): Record<string, unknown> {
  switch (state.kind) {
    case "waiting":
      return { waiting: { reason: state.reason, message: state.message } };
    case "running":
      return { running: { startedAt: state.startedAt } };
    case "ended": {
      const { code: exitCode, startedAt, finishedAt } = state;
      return {
        terminated: { exitCode, reason: exitCode === 0 ? "Completed" : "Error", startedAt, finishedAt },
      };
    }
  }
}

function conditionsOf(pod: Pod, state: Observed["state"], ready: boolean, now: string): Condition[] {
  const why = state.kind === "ended" && state.code === 0 ? "PodCompleted" : "ContainersNotReady";
  const of = (type: string, isTrue: boolean): Condition => {
    const status = isTrue ? "True" : "False";
    const before = pod.status?.conditions?.find((c) => c.type === type);
    const lastTransitionTime = before?.status === status ? (before.lastTransitionTime ?? now) : now;
    return { type, status, lastTransitionTime, ...(isTrue ? {} : { reason: why }) };
  };
  const own = [of("Initialized", true), of("ContainersReady", ready), of("Ready", ready)];
  const names = new Set(own.map((c) => c.type));
  return [...(pod.status?.conditions ?? []).filter((c) => !names.has(c.type)), ...own];
}
