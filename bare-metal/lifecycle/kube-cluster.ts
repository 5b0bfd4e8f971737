import { ApiError, ifThere, type KubeApi } from "../../base/kubernetes/api";
import type { KubeObject } from "../../base/kubernetes/objects";
import type { ClusterBackend, Drained, NodeView } from "./backend";

/** On a node that a life cordoned; one that a person cordoned has none, and stays cordoned. */
export const CORDONED_BY = "lectern.dev/cordoned-by";
const LIFE = "machine-lifecycle";

interface NodeObject extends KubeObject {
  readonly spec?: { readonly unschedulable?: boolean };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
      readonly lastHeartbeatTime?: string;
    }[];
  };
}
interface PodObject extends KubeObject {
  readonly metadata: KubeObject["metadata"] & {
    readonly namespace: string;
    readonly ownerReferences?: readonly { readonly kind: string; readonly controller?: boolean }[];
  };
  readonly status?: { readonly phase?: string };
}

/**
 * The Kubernetes side of a machine's life, at an API server. Takes over `api` and closes it.
 * @param rejoin Default: its node never joined.
 */
export function kubeCluster(
  api: KubeApi,
  name: string,
  rejoin: ClusterBackend["rejoin"] = async () => false,
): ClusterBackend {
  const path = `/api/v1/nodes/${name}`;
  const find = () => ifThere(api.get<NodeObject>(path));

  return {
    async node(since): Promise<NodeView | undefined> {
      const node = await find();
      if (node === undefined) return undefined;
      const condition = node.status?.conditions?.find(({ type }) => type === "Ready");
      const heard =
        since === undefined || (await heartbeat(api, name, condition?.lastHeartbeatTime)) >= toSecond(since);
      return {
        ready: condition?.status === "True" && heard,
        cordoned: node.spec?.unschedulable === true,
        cordonedByUs: isOurs(node),
        message: heard
          ? (condition?.message ?? "it has no condition Ready")
          : "it has not been heard of since its boot",
      };
    },

    async cordon() {
      const node = await find();
      if (node === undefined || node.spec?.unschedulable) return;
      await api.patch(path, {
        metadata: { annotations: { [CORDONED_BY]: LIFE } },
        spec: { unschedulable: true },
      });
    },

    async uncordon() {
      const node = await find();
      if (node === undefined || !isOurs(node)) return;
      await api.patch(path, {
        metadata: { annotations: { [CORDONED_BY]: null } },
        spec: { unschedulable: null },
      });
    },

    async evict(): Promise<Drained> {
      const { items } = await api.get<{ items: PodObject[] }>(
        `/api/v1/pods?fieldSelector=${encodeURIComponent(`spec.nodeName=${name}`)}`,
      );
      const left = items.filter(mustLeave);
      const held = new Set<string>();
      for (const pod of left.filter((p) => p.metadata.deletionTimestamp === undefined)) {
        const reason = await evictPod(api, pod);
        if (reason !== undefined) held.add(`${podName(pod)}: ${reason}`);
      }
      return { left: left.map(podName), held: [...held] };
    },

    async deleteNode() {
      await ifThere(api.delete(path, {}));
    },

    rejoin,

    close: () => api.close(),
  };
}

/** DaemonSets ignore cordons and would put their pods back; static pods end with their kubelet; ended ones hold nothing. */
function mustLeave({ metadata, status }: PodObject): boolean {
  if (metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined) return false;
  if (status?.phase === "Succeeded" || status?.phase === "Failed") return false;
  return !metadata.ownerReferences?.some(({ kind, controller }) => controller && kind === "DaemonSet");
}

/** @returns why it may not be evicted just now; undefined if it was, or is gone */
async function evictPod(api: KubeApi, { metadata }: PodObject): Promise<string | undefined> {
  const { name, namespace, uid } = metadata;
  try {
    await api.post(`/api/v1/namespaces/${namespace}/pods/${name}/eviction`, {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name, namespace },
      // Not another pod of that name, made meanwhile.
      deleteOptions: { preconditions: { uid } },
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // 429: a budget has no room (Kubernetes, "API-initiated Eviction"). 500: several budgets hold one pod.
    if (error.status === 429 || error.status === 500) return error.message.replace(/^POST \S+: \d+ /, "");
    if (error.status === 404 || error.status === 409) return undefined;
    throw error;
  }
}

/** The latest sign of life of a kubelet, in milliseconds since the epoch; 0: none. */
async function heartbeat(api: KubeApi, name: string, condition: string | undefined): Promise<number> {
  const lease = await ifThere(
    api.get<{ spec?: { renewTime?: string } }>(
      `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`,
    ),
  );
  return Math.max(...[condition, lease?.spec?.renewTime].map((t) => (t === undefined ? 0 : Date.parse(t))));
}

function isOurs(node: NodeObject): boolean {
  return node.spec?.unschedulable === true && node.metadata.annotations?.[CORDONED_BY] === LIFE;
}

function podName({ metadata }: PodObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** Times of conditions are whole seconds. */
function toSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
