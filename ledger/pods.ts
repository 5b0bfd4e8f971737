import type { KubeObject } from "../base/kubernetes/objects";
import type { Bytes } from "../base/units";
import { parseQuantity } from "../policies/quantity";

type Quantities = Readonly<Record<string, string>>;
interface LedgerContainer {
  readonly restartPolicy?: string;
  readonly resources?: { readonly requests?: Quantities; readonly limits?: Quantities };
}
interface ContainerStatus {
  readonly state?: { readonly terminated?: { readonly finishedAt?: string | null } };
}

/** The parts of a pod (v1) that the ledger goes by. */
export interface LedgerPod extends KubeObject {
  readonly metadata: KubeObject["metadata"] & {
    readonly managedFields?: readonly { readonly subresource?: string; readonly time?: string }[];
  };
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly LedgerContainer[];
    readonly initContainers?: readonly LedgerContainer[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime?: string | null;
    }[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

/** What a pod holds of one kind of GPU. */
export interface GpuHolding {
  /** Resource name, such as `nvidia.com/gpu` or `nvidia.com/mig-2g.20gb`. */
  readonly kind: string;
  /** As the node's label `nvidia.com/gpu.product` has it; `unknown` where the node has none. */
  readonly model: string;
  readonly count: number;
  /** Part of one GPU's memory that each of them is, above 0 and at most 1. */
  readonly share: number;
}

const GPU = "nvidia.com/gpu";
/** MIG profiles as NVIDIA's device plugin names them with the strategy `mixed`: compute slices and memory in GB. */
const MIG = /^nvidia\.com\/mig-\d+g\.(\d+)gb/;
/** GPU memory in MiB of each slice, as HAMi names it. */
const SLICE_MEMORY = "nvidia.com/gpumem";
/** The same as a percentage of the GPU's. */
const SLICE_PERCENTAGE = "nvidia.com/gpumem-percentage";
const GB: Bytes = 1e9;
const MIB: Bytes = 2 ** 20;

/**
 * The GPUs that a pod holds, a holding for each kind. Pure.
 * @param labels Of its node, by GPU feature discovery: model and memory in MiB. Default: not known.
 */
export function gpuHoldings(pod: LedgerPod, labels: Readonly<Record<string, string>> = {}): GpuHolding[] {
  const model = labels["nvidia.com/gpu.product"] ?? "unknown";
  const whole = Number(labels["nvidia.com/gpu.memory"] ?? 0) * MIB;
  const part = (bytes: Bytes): number => (whole > 0 ? Math.min(1, bytes / whole) : 1);
  const names = new Set(
    [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].flatMap((c) => [
      ...Object.keys(c.resources?.requests ?? {}),
      ...Object.keys(c.resources?.limits ?? {}),
    ]),
  );
  return [...names].sort().flatMap((kind): GpuHolding[] => {
    const mig = MIG.exec(kind);
    if (kind !== GPU && mig === null) return [];
    const count = held(pod, kind);
    if (count <= 0) return [];
    if (mig) return [{ kind, model, count, share: part(Number(mig[1]) * GB) }];
    const memory = held(pod, SLICE_MEMORY) * MIB;
    const percentage = held(pod, SLICE_PERCENTAGE);
    const share = memory > 0 ? part(memory) : percentage > 0 ? Math.min(1, percentage / 100) : 1;
    return [{ kind, model, count, share }];
  });
}

/**
 * What a pod holds of a resource while it runs: the most that is in use at once (Kubernetes, "Init Containers",
 * resource sharing): all containers with the sidecars, or one init container with the sidecars before it.
 */
function held({ spec }: LedgerPod, resource: string): number {
  const amount = ({ resources }: LedgerContainer): number =>
    parseQuantity(resources?.requests?.[resource] ?? resources?.limits?.[resource] ?? "0") ?? 0;
  let sidecars = 0;
  let most = 0;
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy === "Always") sidecars += amount(container);
    else most = Math.max(most, sidecars + amount(container));
  }
  return Math.max(most, sidecars + spec.containers.reduce((sum, c) => sum + amount(c), 0));
}

/** When the API server bound the pod to its node, RFC 3339; undefined while it is not bound. */
export function boundAt({ spec, status, metadata }: LedgerPod): string | undefined {
  if (!spec.nodeName) return undefined;
  const scheduled = status?.conditions?.find((c) => c.type === "PodScheduled" && c.status === "True");
  // A pod that names its node itself is bound as it is made.
  return scheduled?.lastTransitionTime ?? metadata.creationTimestamp;
}

/**
 * When the pod gave its GPUs back, RFC 3339; undefined while it holds them. By stamps of the API server and the
 * kubelet alone, so it is the same whenever it is looked at:
 * - a pod that ended: when its last container did;
 * - one that was deleted, once nothing is waited for any more (grace of 0): when the deletion was to be done. A kubelet
 *   tells first how the containers ended; if it did not, the deletion counts.
 */
export function releasedAt(pod: LedgerPod): string | undefined {
  const { metadata, status } = pod;
  const ended = status?.phase === "Succeeded" || status?.phase === "Failed";
  const deleted = metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0;
  if (!ended && !deleted) return undefined;
  const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  const finished = statuses.map((s) => s.state?.terminated?.finishedAt ?? undefined);
  const known = finished.filter((at) => at !== undefined);
  const complete = (status?.containerStatuses ?? []).every((s) => s.state?.terminated?.finishedAt);
  if (known.length > 0 && complete) return latest(known);
  return (
    metadata.deletionTimestamp ??
    // A pod that its node never took has no containers: it ended when its status was written.
    latest([
      ...(metadata.managedFields ?? []).flatMap((f) =>
        f.subresource === "status" && f.time ? [f.time] : [],
      ),
      ...known,
    ]) ??
    metadata.creationTimestamp
  );
}

function latest(times: readonly string[]): string | undefined {
  return times.reduce<string | undefined>(
    (last, at) => (last === undefined || Date.parse(at) > Date.parse(last) ? at : last),
    undefined,
  );
}
