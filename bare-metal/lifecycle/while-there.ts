import type { ClusterBackend } from "./backend";

/**
 * A cluster that may be taken down while a machine of it is stopped: once `gone` says so, it has no nodes and no pods.
 * Otherwise its errors pass through, for one that does not answer may still run what must not be lost.
 */
export function whileThere(cluster: ClusterBackend, gone: () => boolean): ClusterBackend {
  const attempt = async <T>(work: Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (!gone()) throw error;
      return otherwise;
    }
  };
  return {
    node: (since) => attempt(cluster.node(since), undefined),
    cordon: () => attempt(cluster.cordon(), undefined),
    uncordon: () => attempt(cluster.uncordon(), undefined),
    evict: () => attempt(cluster.evict(), { left: [], held: [] }),
    rejoin: () => attempt(cluster.rejoin(), false),
    deleteNode: () => attempt(cluster.deleteNode(), undefined),
    close: () => cluster.close(),
  };
}
