import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ProcessFolder } from "../../base/processes";
import { kubeconfigFile } from "./kubeconfig";

/**
 * Stops every process of the control plane in this folder: those that write first, etcd last. Idempotent.
 * @param options.removeData Also removes the folder: keys, etcd's data, logs.
 */
export async function stopControlPlane(dir: string, { removeData }: { removeData: boolean }): Promise<void> {
  // Whoever looks for the cluster finds none from now on, rather than one that does not answer.
  if (removeData)
    for (const who of ["admin", "ledger"] as const) rmSync(kubeconfigFile(dir, who), { force: true });
  const run = join(dir, "run");
  if (existsSync(run)) {
    const processes = new ProcessFolder(run);
    await processes.stopAll(["serving-approver", "kwok", "kube-scheduler", "kube-controller-manager"]);
    await processes.stop("kube-apiserver");
    await processes.stop("etcd");
  }
  if (removeData) rmSync(dir, { recursive: true, force: true });
}
