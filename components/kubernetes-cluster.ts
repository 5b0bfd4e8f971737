import * as k8s from "@pulumi/kubernetes/provider";
import { CSINode } from "@pulumi/kubernetes/storage/v1/csinode";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import * as pulumi from "@pulumi/pulumi";
import type { Milliseconds } from "../base/units";
import { ControlPlane, Worker } from "../bare-metal/provider/sdk";
import type { BootServiceArgs, FleetMember } from "./machine-fleet";
import { nodeCapacity, nodeLabels, nodeTaints } from "./plan/site-plan";

/** Namespace of everything that the site itself runs. */
export const SYSTEM_NAMESPACE = "lectern-system";

/** How the cluster comes up. One mode so far: processes of this machine, nodes kept alive by kwok. */
export interface EmbeddedMode {
  readonly mode: "embedded";
  /** Absolute path of the folder for keys, data and logs. */
  readonly stateDir: string;
  /** How long the certificates of nodes last. Default: a year. */
  readonly certificateLifetime?: Milliseconds | undefined;
}

/** How machines become nodes by their own kubelets. */
export interface WorkersArgs {
  /** Names of these machines. kwok plays every other node, and touches none of these. */
  readonly machines: readonly string[];
  /** The boot service and its admin token. */
  readonly boot: BootServiceArgs;
  /** From the join's begin until its node is Ready. Default 10 minutes. */
  readonly joinTimeout?: Milliseconds;
  /** Image of the container that holds a pod's namespaces, by digest. */
  readonly sandboxImage: pulumi.Input<string>;
  /** Registries that speak plain HTTP, `host:port`. Default: none. */
  readonly plainRegistries?: readonly string[];
  /** Name servers of these machines, and for what their pods ask beside the cluster's names. Default: none. */
  readonly nameServers?: readonly string[];
  /** Default: Debian's. */
  readonly timeServers?: readonly string[];
}

export interface KubernetesClusterArgs {
  readonly control: EmbeddedMode;
  readonly apiServer: { readonly address: string; readonly port: number };
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** The machines that become nodes. */
  readonly members: readonly FleetMember[];
  /** CSI drivers that every node serves. */
  readonly csiDrivers: readonly string[];
  /** Default: every node is kwok's. */
  readonly workers?: WorkersArgs;
}

/** A Kubernetes cluster on the room's machines: what lies above cannot tell how it came up. */
export class KubernetesCluster extends pulumi.ComponentResource {
  /** Of the administrator. Secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** For resources on this cluster. */
  readonly provider: k8s.Provider;
  readonly systemNamespace: Namespace;
  readonly nodes: readonly pulumi.Resource[];

  constructor(name: string, args: KubernetesClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super("lectern:index:KubernetesCluster", name, {}, options);
    const { stateDir, certificateLifetime } = args.control;
    const control = new ControlPlane(
      `${name}-control-plane`,
      {
        dir: stateDir,
        address: args.apiServer.address,
        port: args.apiServer.port,
        podCidr: args.podCidr,
        serviceCidr: args.serviceCidr,
        ...(certificateLifetime !== undefined && {
          certificateSeconds: Math.floor(certificateLifetime / 1000),
        }),
      },
      { parent: this },
    );
    this.kubeconfig = control.kubeconfig;
    this.provider = new k8s.Provider(
      name,
      // A cluster that cannot be reached must stop a run, not look like one whose objects are gone.
      { kubeconfig: this.kubeconfig, deleteUnreachable: false },
      { parent: this },
    );
    const onCluster = { parent: this, provider: this.provider };
    this.systemNamespace = new Namespace(
      SYSTEM_NAMESPACE,
      {
        metadata: { name: SYSTEM_NAMESPACE, labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
      },
      onCluster,
    );
    const { workers } = args;
    this.nodes = args.members.map((member) =>
      workers?.machines.includes(member.machine.name)
        ? workerNode(member, workers, { kubeconfig: this.kubeconfig, podCidr: args.podCidr, parent: this })
        : embeddedNode(member, args.csiDrivers, onCluster),
    );
    this.registerOutputs({ kubeconfig: this.kubeconfig });
  }
}

/** A machine that joins by its own kubelet; that tells its capacity. It joins again when its machine was booted anew. */
function workerNode(
  { machine, hardware, resource }: FleetMember,
  { boot, joinTimeout, sandboxImage, plainRegistries = [], nameServers = [], timeServers = [] }: WorkersArgs,
  cluster: {
    readonly kubeconfig: pulumi.Output<string>;
    readonly podCidr: string;
    readonly parent: pulumi.Resource;
  },
): Worker {
  return new Worker(
    machine.name,
    {
      name: machine.name,
      mac: machine.mac,
      address: machine.address,
      boot,
      kubeconfig: cluster.kubeconfig,
      labels: hardware.apply((report) => nodeLabels(machine, report)),
      taints: nodeTaints(machine),
      podCidr: cluster.podCidr,
      sandboxImage,
      plainRegistries: [...plainRegistries],
      nameServers: [...nameServers],
      timeServers: [...timeServers],
      ...(joinTimeout !== undefined && { readyTimeoutSeconds: Math.ceil(joinTimeout / 1000) }),
      boots: resource.bootBegan.apply((began) => began ?? ""),
    },
    { parent: cluster.parent, customTimeouts: { create: "2h", update: "2h" } },
  );
}

/** A node as its kubelet would register it, from the hardware that its machine reported. kwok sends its heartbeats. */
function embeddedNode(
  { machine, hardware }: FleetMember,
  csiDrivers: readonly string[],
  options: pulumi.CustomResourceOptions,
): EmbeddedNode {
  const resources = hardware.apply(nodeCapacity);
  const node = new EmbeddedNode(
    machine.name,
    {
      metadata: {
        name: machine.name,
        labels: hardware.apply((report) => nodeLabels(machine, report)),
        annotations: { "kwok.x-k8s.io/node": "fake", "lectern.dev/mac": machine.mac },
      },
      spec: { taints: nodeTaints(machine) },
      status: {
        capacity: resources,
        allocatable: resources,
        addresses: [
          { type: "InternalIP", address: machine.address },
          { type: "Hostname", address: machine.name },
        ],
      },
    },
    {
      ...options,
      // The status belongs to the kubelet from the moment the node is registered.
      ignoreChanges: ["status"],
    },
  );
  if (csiDrivers.length === 0) return node;
  // Schedulers count volumes by driver and node: a driver that no node lists has room for none.
  new CSINode(
    machine.name,
    {
      metadata: {
        name: machine.name,
        ownerReferences: [{ apiVersion: "v1", kind: "Node", name: machine.name, uid: node.metadata.uid }],
      },
      spec: { drivers: csiDrivers.map((driver) => ({ name: driver, nodeID: machine.name })) },
    },
    options,
  );
  return node;
}

interface EmbeddedNodeArgs {
  readonly metadata: pulumi.Input<Record<string, unknown>>;
  readonly spec: pulumi.Input<Record<string, unknown>>;
  readonly status: pulumi.Input<Record<string, unknown>>;
}

/** A Node with a status among its inputs, which the typed class leaves out: the API server takes one when a node registers. */
class EmbeddedNode extends pulumi.CustomResource {
  declare readonly metadata: pulumi.Output<{ readonly name: string; readonly uid: string }>;

  constructor(name: string, args: EmbeddedNodeArgs, options: pulumi.CustomResourceOptions) {
    super("kubernetes:core/v1:Node", name, { apiVersion: "v1", kind: "Node", ...args }, options);
  }
}
