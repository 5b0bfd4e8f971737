import { stringify } from "yaml";
import type { KubeApi } from "./api";

/** A ServiceAccount, and what its kubeconfig calls things. */
export interface AccountContext {
  readonly namespace: string;
  /** Name of the ServiceAccount. */
  readonly account: string;
  /** What the kubeconfig calls whoever uses it. */
  readonly user: string;
  /** What it calls the context, whose namespace is that of the account. */
  readonly context: string;
}

/**
 * A kubeconfig for a ServiceAccount, by a token that ends by itself (Kubernetes, authentication.k8s.io/v1 TokenRequest).
 * A secret.
 * @param seconds How long the token is valid; 600 at least.
 * @throws {ApiError} if the API server gives none
 */
export async function accountKubeconfig(
  api: KubeApi,
  { namespace, account, user, context }: AccountContext,
  seconds: number,
): Promise<string> {
  const { status } = await api.post<{ status: { token: string } }>(
    `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
    { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: seconds } },
  );
  const { server, ca } = api.connection;
  const name = "lectern";
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "certificate-authority-data": ca.toString("base64") } }],
    users: [{ name: user, user: { token: status.token } }],
    contexts: [{ name: context, context: { cluster: name, user, namespace } }],
    "current-context": context,
  });
}
