import { join } from "node:path";
import { stringify } from "yaml";
import { privateFolder, replaceFile } from "../../base/files";
import type { KubeApi } from "../../base/kubernetes/api";
import type { Pod } from "./objects";

/** Life asked for; the API server's least is ten minutes. */
const TOKEN_SECONDS = 3600;

interface TokenRequest {
  readonly status: { readonly token: string; readonly expirationTimestamp: string };
}

/**
 * The ServiceAccount identity of one pod: a kubeconfig that names a token file. The token is bound to the pod
 * (TokenRequest, authentication.k8s.io/v1), so it ends with it; it is renewed after four fifths of its life, as kubelet
 * does, and clients read the file again by themselves.
 */
export class PodIdentity {
  readonly kubeconfig: string;
  private readonly tokenFile: string;
  private renewAt = 0;

  /** @param dir Folder of the identity's own, made with mode 0700. */
  constructor(
    private readonly api: KubeApi,
    private readonly dir: string,
  ) {
    this.kubeconfig = join(dir, "kubeconfig");
    this.tokenFile = join(dir, "token");
  }

  /** When the token is to be renewed, in milliseconds since the epoch. */
  get due(): number {
    return this.renewAt;
  }

  /** Makes or renews token and kubeconfig if it is time. @throws {Error} if the API server gives no token */
  async ensure(pod: Pod, now = Date.now()): Promise<void> {
    if (now < this.renewAt) return;
    const { name, namespace = "", uid } = pod.metadata;
    const account = pod.spec.serviceAccountName ?? "default";
    const { status } = await this.api.post<TokenRequest>(
      `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
      {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: {
          expirationSeconds: TOKEN_SECONDS,
          boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
        },
      },
    );
    privateFolder(this.dir);
    replaceFile(this.tokenFile, status.token);
    replaceFile(this.kubeconfig, this.render(namespace, account));
    this.renewAt = now + (Date.parse(status.expirationTimestamp) - now) * 0.8;
  }

  private render(namespace: string, account: string): string {
    const { server, ca } = this.api.connection;
    return stringify(
      {
        apiVersion: "v1",
        kind: "Config",
        clusters: [
          { name: "room", cluster: { server, "certificate-authority-data": ca.toString("base64") } },
        ],
        users: [{ name: account, user: { tokenFile: this.tokenFile } }],
        contexts: [{ name: "room", context: { cluster: "room", user: account, namespace } }],
        "current-context": "room",
      },
      { lineWidth: 0 },
    );
  }
}
