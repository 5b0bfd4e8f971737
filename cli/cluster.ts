import { readFileSync } from "node:fs";
import { KubeApi, parseKubeconfig } from "../base/kubernetes/api";

/** What every verb says of its option `--kubeconfig`. */
export const KUBECONFIG_HELP = "of who asks. Default: $KUBECONFIG, else the lab's administrator's";

/**
 * Works on the cluster of a kubeconfig, and ends the connection.
 * @param kubeconfig Default: `$KUBECONFIG`, else that of the lab's administrator.
 */
export async function withCluster<T>(
  kubeconfig: string | undefined,
  work: (api: KubeApi) => Promise<T>,
): Promise<T> {
  const api = new KubeApi(parseKubeconfig(readFileSync(kubeconfig ?? defaultKubeconfig(), "utf8")));
  try {
    return await work(api);
  } finally {
    api.close();
  }
}

function defaultKubeconfig(): string {
  if (process.env["KUBECONFIG"]) return process.env["KUBECONFIG"];
  const { openRoom } = require("../lab/room") as typeof import("../lab/room");
  const { kubeconfigFile, PROJECT_DIR } =
    require("../lab/environment") as typeof import("../lab/environment");
  const { roomName } = require("../lab/commands") as typeof import("../lab/commands");
  return kubeconfigFile(openRoom(roomName(), PROJECT_DIR));
}
