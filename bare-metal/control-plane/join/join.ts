import { ifThere, KubeApi, parseKubeconfig, unlessStatus } from "../../../base/kubernetes/api";
import type { Milliseconds } from "../../../base/units";
import { waitFor } from "../../../base/wait";
import type { BootServiceClient } from "../../boot/client";
import { BOOTSTRAP_GROUP, bootstrapTokenSecret, makeBootstrapToken } from "./bootstrap-token";
import { type NodeJoin, renderNodeConfig } from "./node-config";
import { forgetJoin, type JoinMemory, recallJoin, rememberJoin } from "./memory";
import { type SigningRequest, SERVING_SIGNER } from "./serving-certificate";

/** The boot of its machine that a node joined with: when that was claimed. */
const BOOT_ANNOTATION = "lectern.dev/boot";
const NODES = "/api/v1/nodes";
const SECRETS = "/api/v1/namespaces/kube-system/secrets";
const CSRS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const BINDINGS = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
const ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
/** How long a bootstrap token lives at most; it is removed once the node has its certificate. */
const TOKEN_LIFE: Milliseconds = 30 * 60_000;
const CLAIMED = "its machine has claimed its boot";
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
  const { name, boot, mac } = spec;
  const api = new KubeApi(parseKubeconfig(spec.kubeconfig));
  const until = untilOf(spec);
  try {
    const claimedAt = await until(CLAIMED, async () => (await boot.get(mac))?.claimedAt);
    const node = await ifThere(api.get<Node>(`${NODES}/${name}`));
    if (node?.metadata.annotations?.["kwok.x-k8s.io/node"] !== undefined)
      throw new Error(`${name}: kwok plays this node; delete the Node before a real machine takes its name`);
    await rememberJoin(api, memoryOf(spec));
    if (node && boots(node) === claimedAt && (await problemOf(api, name)) === undefined) {
      await labelNode(api, spec);
      return joined(node, claimedAt);
    }
    const began = await beginJoin(api, spec, claimedAt, until);
    const ready = await until("its kubelet becomes Ready and has a serving certificate", async () => {
      const served = await servingIssued(api, name, began);
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

/** Waits until something is so, and no longer than the join may take. */
type Until = <T>(what: string, probe: () => Promise<T | undefined>) => Promise<T>;

/** Node, token and configuration, so that all else is the machine's part. @returns when it was given them */
async function beginJoin(api: KubeApi, spec: JoinSpec, claimedAt: string, until: Until): Promise<Date> {
  const { name, mac, boot } = spec;
  const node = await ifThere(api.get<Node>(`${NODES}/${name}`));
  // What a node's memory held is gone with its last boot; the Node of that must not look alive.
  if (node && boots(node) !== claimedAt)
    await api.delete(`${NODES}/${name}`, { propagationPolicy: "Background" });
  if (!node || boots(node) !== claimedAt) await createNode(api, spec, claimedAt);
  const podCidr = await until(
    "the controller manager gives it a part of the pod network",
    async () => (await api.get<Node>(`${NODES}/${name}`)).spec.podCIDR,
  );
  await allowNodes(api);
  await removeTokens(api, name);
  const token = makeBootstrapToken();
  // Times of requests are whole seconds.
  const began = new Date(Math.floor(Date.now() / 1000) * 1000);
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
      nvidia: spec.labels["nvidia.com/gpu.present"] === "true",
    }),
  );
  return began;
}

/**
 * Lets a machine that was booted anew join with what its node joined with before; that it becomes Ready is left to the
 * caller to await. A node that joined in this boot already and lives is left as it is.
 * @returns false: no such node has joined before
 */
export async function rejoinNode(
  api: KubeApi,
  name: string,
  rest: Pick<JoinSpec, "boot" | "timeout" | "signal">,
): Promise<boolean> {
  const memory = await recallJoin(api, name);
  if (memory === undefined) return false;
  const spec = { ...memory, ...rest, kubeconfig: "" };
  const until = untilOf(spec);
  const claimedAt = await until(CLAIMED, async () => (await spec.boot.get(spec.mac))?.claimedAt);
  const node = await ifThere(api.get<Node>(`${NODES}/${name}`));
  if (node && boots(node) === claimedAt && (await problemOf(api, name)) === undefined) return true;
  await beginJoin(api, spec, claimedAt, until);
  return true;
}

function untilOf({ name, timeout, signal, onWait = () => undefined }: JoinSpec): Until {
  const deadline = Date.now() + timeout;
  return (what, probe) => {
    onWait(what);
    return waitFor(`${name}: ${what}`, probe, {
      timeout: Math.max(1, deadline - Date.now()),
      interval: 500,
      ...(signal && { signal }),
    });
  };
}

/** Why the node is not alive and Ready; undefined if it is. */
export async function nodeProblem(
  kubeconfig: string,
  name: string,
  claimedAt: string | undefined,
): Promise<string | undefined> {
  const api = new KubeApi(parseKubeconfig(kubeconfig));
  try {
    const node = await ifThere(api.get<Node>(`${NODES}/${name}`));
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
    await ifThere(api.delete(`${NODES}/${name}`, { propagationPolicy: "Background" }));
    await forgetJoin(api, name);
  } finally {
    api.close();
  }
}

async function problemOf(api: KubeApi, name: string): Promise<string | undefined> {
  const node = await api.get<Node>(`${NODES}/${name}`);
  const ready = node.status.conditions?.find((c) => c.type === "Ready");
  if (ready?.status !== "True") return `its kubelet says: ${ready?.message ?? "nothing yet"}`;
  const lease = await ifThere(
    api.get<{ spec: { renewTime?: string } }>(
      `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`,
    ),
  );
  const heard = Date.parse(lease?.spec.renewTime ?? "");
  return Date.now() - heard < HEARTBEAT
    ? undefined
    : `no heartbeat since ${lease?.spec.renewTime ?? "it was made"}`;
}

function memoryOf({
  kubeconfig: _kubeconfig,
  boot: _boot,
  timeout: _timeout,
  signal: _signal,
  onWait: _onWait,
  ...memory
}: JoinSpec): JoinMemory {
  return memory;
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

/** What a node reads to hold its pods to network policies, which may name the pods of any other node. */
const POLICY_READER = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name: "lectern:network-policies" },
  rules: [
    { apiGroups: [""], resources: ["pods", "namespaces"], verbs: ["list", "watch"] },
    { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: ["list", "watch"] },
  ],
};

/**
 * Lets bootstrap tokens ask for client certificates, and nodes renew theirs, as kubeadm's bindings do; and lets nodes read
 * what Services and network policies are made of.
 */
async function allowNodes(api: KubeApi): Promise<void> {
  await unlessStatus([409], api.post(ROLES, POLICY_READER));
  const bindings = {
    "lectern:node-bootstrap": ["system:node-bootstrapper", BOOTSTRAP_GROUP],
    "lectern:node-certificates": [
      "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
      BOOTSTRAP_GROUP,
    ],
    // kube-proxy, network policies and the routes to other nodes' pods run under the node's own identity.
    "lectern:node-proxies": ["system:node-proxier", "system:nodes"],
    "lectern:node-network-policies": [POLICY_READER.metadata.name, "system:nodes"],
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
    await unlessStatus([409], api.post(BINDINGS, binding));
  }
}

/**
 * Whether the node has a serving certificate that it asked for since then; the control plane's approver decides.
 * @throws {Error} if that was denied
 */
async function servingIssued(api: KubeApi, name: string, since: Date): Promise<boolean> {
  const query = `fieldSelector=${encodeURIComponent(`spec.signerName=${SERVING_SIGNER}`)}`;
  const { items } = await api.get<{ items: SigningRequest[] }>(`${CSRS}?${query}`);
  const asked = items.filter(
    ({ spec, metadata }) =>
      spec.username === `system:node:${name}` && Date.parse(metadata.creationTimestamp) >= since.getTime(),
  );
  for (const { metadata, status } of asked) {
    const denied = status?.conditions?.find(({ type }) => type === "Denied");
    if (denied)
      throw new Error(`its request ${metadata.name} for a serving certificate is denied: ${denied.message}`);
  }
  return asked.some(({ status }) => status?.certificate !== undefined);
}

async function removeTokens(api: KubeApi, name: string): Promise<void> {
  const query = `labelSelector=${encodeURIComponent(`lectern.dev/machine=${name}`)}`;
  const { items } = await api.get<{ items: { metadata: { name: string } }[] }>(`${SECRETS}?${query}`);
  for (const { metadata } of items) await ifThere(api.delete(`${SECRETS}/${metadata.name}`, {}));
}
