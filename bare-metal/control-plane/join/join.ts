import { ApiError, KubeApi, parseKubeconfig } from "../../../base/kubernetes/api";
import type { Milliseconds } from "../../../base/units";
import { waitFor } from "../../../base/wait";
import type { BootServiceClient } from "../../boot/client";
import { BOOTSTRAP_GROUP, bootstrapTokenSecret, makeBootstrapToken } from "./bootstrap-token";
import { type NodeJoin, renderNodeConfig } from "./node-config";
import { type SigningRequest, SERVING_SIGNER, servingRequestProblem } from "./serving-certificate";

/** The boot of its machine that a node joined with: when that was claimed. */
const BOOT_ANNOTATION = "lectern.dev/boot";
const NODES = "/api/v1/nodes";
const SECRETS = "/api/v1/namespaces/kube-system/secrets";
const CSRS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const BINDINGS = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
/** How long a bootstrap token lives at most; it is removed once the node has its certificate. */
const TOKEN_LIFE: Milliseconds = 30 * 60_000;
/** How old the heartbeat of a node may be that counts as alive (kubelet renews its lease every 10 s). */
const HEARTBEAT: Milliseconds = 40_000;

export interface JoinSpec extends Pick<
  NodeJoin,
  "name" | "address" | "clusterCidr" | "sandboxImage" | "plainRegistries" | "timeServers" | "nameServers"
> {
  readonly mac: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  /** The cluster's administrator's. A secret. */
  readonly kubeconfig: string;
  readonly boot: BootServiceClient;
  readonly timeout: Milliseconds;
  readonly signal?: AbortSignal;
  /** Told what is waited for. */
  readonly onWait?: (what: string) => void;
}

/** A node that joined. */
export interface JoinedNode {
  readonly podCidr: string;
  readonly kubeletVersion: string;
  /** When its machine claimed the boot that it runs in. */
  readonly bootedAt: string;
}

interface Node {
  readonly metadata: { readonly annotations?: Record<string, string>; readonly uid: string };
  readonly spec: { readonly podCIDR?: string };
  readonly status: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
    readonly nodeInfo: { readonly kubeletVersion: string };
  };
}

/**
 * Makes a machine that is up a Ready node, as kubeadm does it: Node, one short-lived bootstrap token, configuration by
 * the boot service, certificates. A node that joined in this boot already and lives is left as it is, so it may be run
 * again after a kill at any point.
 * @throws {Error} naming what is waited for in vain
 */
export async function joinNode(spec: JoinSpec): Promise<JoinedNode> {
  const { name, boot, mac, onWait = () => undefined } = spec;
  const api = new KubeApi(parseKubeconfig(spec.kubeconfig));
  const deadline = Date.now() + spec.timeout;
  const until = <T>(what: string, probe: () => Promise<T | undefined>): Promise<T> => {
    onWait(what);
    const signal = spec.signal ? { signal: spec.signal } : {};
    return waitFor(`${name}: ${what}`, probe, {
      timeout: Math.max(1, deadline - Date.now()),
      interval: 500,
      ...signal,
    });
  };
  try {
    const claimedAt = await until(
      "its machine has claimed its boot",
      async () => (await boot.get(mac))?.claimedAt,
    );
    const node = await found(api.get<Node>(`${NODES}/${name}`));
    if (node?.metadata.annotations?.["kwok.x-k8s.io/node"] !== undefined)
      throw new Error(`${name}: kwok plays this node; delete the Node before a real machine takes its name`);
    if (node && boots(node) === claimedAt && (await problemOf(api, name)) === undefined) {
      await labelNode(api, spec);
      return joined(node, claimedAt);
    }
    // What a node's memory held is gone with its last boot; the Node of that must not look alive.
    if (node && boots(node) !== claimedAt)
      await api.delete(`${NODES}/${name}`, { propagationPolicy: "Background" });
    if (!node || boots(node) !== claimedAt) await createNode(api, spec, claimedAt);
    const podCidr = await until(
      "the controller manager gives it a part of the pod network",
      async () => (await api.get<Node>(`${NODES}/${name}`)).spec.podCIDR,
    );
    await allowBootstrap(api);
    await removeTokens(api, name);
    const token = makeBootstrapToken();
    await api.post(SECRETS, bootstrapTokenSecret(token, name, new Date(), TOKEN_LIFE));
    const { server, ca } = api.connection;
    await boot.configure(
      mac,
      renderNodeConfig({
        ...spec,
        server,
        caCertificate: ca.toString("utf8"),
        token: `${token.id}.${token.secret}`,
        podCidr,
      }),
    );
    const ready = await until("its kubelet becomes Ready and has a serving certificate", async () => {
      const served = await approveServing(api, spec);
      const problem = await problemOf(api, name);
      if (problem !== undefined) throw new Error(problem);
      return served ? api.get<Node>(`${NODES}/${name}`) : undefined;
    });
    await removeTokens(api, name);
    return joined(ready, claimedAt);
  } finally {
    api.close();
  }
}

/** Why the node is not alive and Ready; undefined if it is. */
export async function nodeProblem(
  kubeconfig: string,
  name: string,
  claimedAt: string | undefined,
): Promise<string | undefined> {
  const api = new KubeApi(parseKubeconfig(kubeconfig));
  try {
    const node = await found(api.get<Node>(`${NODES}/${name}`));
    if (!node) return "there is no such node";
    if (boots(node) !== claimedAt) return "its machine has booted anew since it joined";
    return await problemOf(api, name);
  } finally {
    api.close();
  }
}

/** Removes the Node and what is left of its tokens. Idempotent. */
export async function removeNode(kubeconfig: string, name: string): Promise<void> {
  const api = new KubeApi(parseKubeconfig(kubeconfig));
  try {
    await removeTokens(api, name);
    await found(api.delete(`${NODES}/${name}`, { propagationPolicy: "Background" }));
  } finally {
    api.close();
  }
}

async function problemOf(api: KubeApi, name: string): Promise<string | undefined> {
  const node = await api.get<Node>(`${NODES}/${name}`);
  const ready = node.status.conditions?.find((c) => c.type === "Ready");
  if (ready?.status !== "True") return `its kubelet says: ${ready?.message ?? "nothing yet"}`;
  const lease = await found(
    api.get<{ spec: { renewTime?: string } }>(
      `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`,
    ),
  );
  const heard = Date.parse(lease?.spec.renewTime ?? "");
  return Date.now() - heard < HEARTBEAT
    ? undefined
    : `no heartbeat since ${lease?.spec.renewTime ?? "it was made"}`;
}

function createNode(
  api: KubeApi,
  { name, mac, labels, taints }: JoinSpec,
  claimedAt: string,
): Promise<unknown> {
  // Made before kubelet asks for it, which may set neither these labels nor these taints itself (NodeRestriction).
  return api.post(NODES, {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels, annotations: { "lectern.dev/mac": mac, [BOOT_ANNOTATION]: claimedAt } },
    spec: { taints },
  });
}

function labelNode(api: KubeApi, { name, labels }: JoinSpec): Promise<unknown> {
  return api.patch(`${NODES}/${name}`, { metadata: { labels } });
}

function boots(node: Node): string | undefined {
  return node.metadata.annotations?.[BOOT_ANNOTATION];
}

function joined(node: Node, bootedAt: string): JoinedNode {
  return { podCidr: node.spec.podCIDR ?? "", kubeletVersion: node.status.nodeInfo.kubeletVersion, bootedAt };
}

/** Lets bootstrap tokens ask for client certificates, and nodes renew theirs, as kubeadm's bindings do. */
async function allowBootstrap(api: KubeApi): Promise<void> {
  const bindings = {
    "lectern:node-bootstrap": ["system:node-bootstrapper", BOOTSTRAP_GROUP],
    "lectern:node-certificates": [
      "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
      BOOTSTRAP_GROUP,
    ],
    "lectern:node-renewals": [
      "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
      "system:nodes",
    ],
  } as const;
  for (const [name, [role, group]] of Object.entries(bindings)) {
    const binding = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: group }],
    };
    await unless(409, api.post(BINDINGS, binding));
  }
}

/** Approves the node's own requests for a serving certificate. @returns whether one was issued */
async function approveServing(api: KubeApi, node: JoinSpec): Promise<boolean> {
  const query = `fieldSelector=${encodeURIComponent(`spec.signerName=${SERVING_SIGNER}`)}`;
  const { items } = await api.get<{ items: SigningRequest[] }>(`${CSRS}?${query}`);
  let issued = false;
  for (const request of items.filter((r) => r.spec.username === `system:node:${node.name}`)) {
    if (request.status?.certificate !== undefined) issued = true;
    if ((request.status?.conditions ?? []).length > 0) continue;
    const problem = servingRequestProblem(request, node);
    if (problem !== undefined)
      throw new Error(
        `its request ${request.metadata.name} for a serving certificate is not approved: ${problem}`,
      );
    await api.patch(`${CSRS}/${request.metadata.name}/approval`, {
      status: {
        conditions: [
          {
            type: "Approved",
            status: "True",
            reason: "LecternJoin",
            message: "the node's own name and address",
          },
        ],
      },
    });
  }
  return issued;
}

async function removeTokens(api: KubeApi, name: string): Promise<void> {
  const query = `labelSelector=${encodeURIComponent(`lectern.dev/machine=${name}`)}`;
  const { items } = await api.get<{ items: { metadata: { name: string } }[] }>(`${SECRETS}?${query}`);
  for (const { metadata } of items) await found(api.delete(`${SECRETS}/${metadata.name}`, {}));
}

/** What was found, or undefined if there is none. */
function found<T>(call: Promise<T>): Promise<T | undefined> {
  return unless(404, call);
}

async function unless<T>(status: number, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ApiError && error.status === status) return undefined;
    throw error;
  }
}
