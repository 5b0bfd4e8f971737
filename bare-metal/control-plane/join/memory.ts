import { ifThere, type KubeApi } from "../../../base/kubernetes/api";
import type { JoinSpec } from "./join";

/** What a node joined with, without secrets. */
export type JoinMemory = Omit<JoinSpec, "kubeconfig" | "boot" | "timeout" | "signal" | "onWait">;

const CONFIG_MAPS = "/api/v1/namespaces/kube-system/configmaps";

/**
 * Writes down what a node joins with, in a ConfigMap of kube-system, which no node may change: it joins anew with that
 * after each boot, and its serving certificates are for that name and address.
 */
export async function rememberJoin(api: KubeApi, memory: JoinMemory): Promise<void> {
  const { name } = memory;
  await api.apply(`${CONFIG_MAPS}/${nameOf(name)}`, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: nameOf(name),
      namespace: "kube-system",
      labels: { "app.kubernetes.io/managed-by": "lectern" },
    },
    data: { join: JSON.stringify(memory) },
  });
}

/** Undefined: no such node has joined. */
export async function recallJoin(api: KubeApi, node: string): Promise<JoinMemory | undefined> {
  const found = await ifThere(api.get<{ data: { join: string } }>(`${CONFIG_MAPS}/${nameOf(node)}`));
  return found && (JSON.parse(found.data.join) as JoinMemory);
}

/** Idempotent. */
export async function forgetJoin(api: KubeApi, node: string): Promise<void> {
  await ifThere(api.delete(`${CONFIG_MAPS}/${nameOf(node)}`, {}));
}

function nameOf(node: string): string {
  return `lectern-node-${node}`;
}
