import * as pulumi from "@pulumi/pulumi";
import type * as ceph from "./contract/ceph";
import type * as controlPlane from "./contract/control-plane";
import type * as fabric from "./contract/fabric-partitions";
import type * as kubernetesObjects from "./contract/kubernetes-objects";
import type * as machine from "./contract/machine";
import type * as worker from "./contract/worker";

/** Plain data with every value allowed to be an output, at any depth. */
type DeepInput<T> = pulumi.Input<Deep<T>>;
type Deep<T> = T extends readonly (infer E)[]
  ? DeepInput<E>[]
  : T extends object
    ? { [K in keyof T]: DeepInput<T[K]> }
    : T;
/** The same, with the outermost object given as such, so that one secret in it does not make all of it secret. */
type Fields<T> = { [K in keyof T]: DeepInput<T[K]> };

/** See {@link machine.machineInputsSchema} for each field's form and default. */
export interface MachineArgs extends Omit<Fields<machine.MachineArguments>, "bmc" | "boot"> {
  /** Its password is made a secret. */
  readonly bmc: Fields<machine.MachineArguments["bmc"]>;
  /** Its token is made a secret. */
  readonly boot: Fields<machine.MachineArguments["boot"]>;
}

/**
 * One server behind its BMC, from power-off to ready and back.
 * Created: identified by its BMC, booted once, its hardware compared with what is expected; a machine that is on and
 * ready already is adopted as it runs. Deleted: shut down, then switched off. A change of name replaces it.
 */
export class Machine extends pulumi.CustomResource {
  declare readonly name: pulumi.Output<string>;
  declare readonly role: pulumi.Output<machine.MachineInputs["role"]>;
  declare readonly mac: pulumi.Output<string>;
  declare readonly address: pulumi.Output<string>;
  declare readonly power: pulumi.Output<"on" | "off">;
  /** What the machine reported at its last boot, or null if it never booted. */
  declare readonly hardware: pulumi.Output<machine.MachineOutputs["hardware"]>;
  /** Its state in the boot service, such as `ready`. */
  declare readonly state: pulumi.Output<string>;
  /** System GUID that the BMC answers, 32 hexadecimal digits. */
  declare readonly systemGuid: pulumi.Output<string>;
  /** Firmware revision of the BMC. */
  declare readonly firmware: pulumi.Output<string>;
  /** What it booted last and came up with, or null. */
  declare readonly runs: pulumi.Output<machine.MachineOutputs["runs"]>;
  /** When the boot that it runs in was announced, or null. */
  declare readonly bootBegan: pulumi.Output<string | null>;
  /** Power commands sent over the life of this resource. */
  declare readonly powerActions: pulumi.Output<number>;

  constructor(name: string, args: MachineArgs, options?: pulumi.CustomResourceOptions) {
    const inputs = {
      ...args,
      bmc: { ...args.bmc, password: pulumi.secret(args.bmc.password) },
      boot: { ...args.boot, token: pulumi.secret(args.boot.token) },
    };
    super(
      "metal:index:Machine",
      name,
      {
        ...inputs,
        ...computed("hardware", "state", "systemGuid", "firmware", "runs", "bootBegan", "powerActions"),
      },
      options,
    );
  }
}

/** See {@link fabric.fabricPartitionsInputsSchema}. */
export type FabricPartitionsArgs = Fields<fabric.FabricPartitionsArguments>;

/**
 * The partitions of one owner in OpenSM's partitions file, read back from the ports.
 * A change of owner or of the partitions file replaces it.
 */
export class FabricPartitions extends pulumi.CustomResource {
  declare readonly owner: pulumi.Output<string>;
  declare readonly partitions: pulumi.Output<fabric.FabricPartitionsInputs["partitions"]>;
  declare readonly reserved: pulumi.Output<fabric.FabricPartitionsInputs["reserved"]>;
  /** What the ports' tables held when they were read back. */
  declare readonly verified: pulumi.Output<fabric.FabricPartitionsOutputs["verified"]>;

  constructor(name: string, args: FabricPartitionsArgs, options?: pulumi.CustomResourceOptions) {
    super("metal:index:FabricPartitions", name, { ...args, ...computed("verified") }, options);
  }
}

/** See {@link controlPlane.controlPlaneInputsSchema}. */
export type ControlPlaneArgs = Fields<controlPlane.ControlPlaneArguments>;

/** etcd, the Kubernetes control plane and kwok as processes of this machine. Another folder, address or network replaces it. */
export class ControlPlane extends pulumi.CustomResource {
  declare readonly dir: pulumi.Output<string>;
  declare readonly address: pulumi.Output<string>;
  declare readonly port: pulumi.Output<number>;
  declare readonly podCidr: pulumi.Output<string>;
  declare readonly serviceCidr: pulumi.Output<string>;
  declare readonly certificateSeconds: pulumi.Output<number | undefined>;
  /** Of the cluster's administrator, as YAML. Secret. */
  declare readonly kubeconfig: pulumi.Output<string>;
  /** Whether the API server was ready when last looked at. */
  declare readonly ready: pulumi.Output<boolean>;

  constructor(name: string, args: ControlPlaneArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "metal:index:ControlPlane",
      name,
      { ...args, ...computed("kubeconfig", "ready") },
      secretOutputs(options, "kubeconfig"),
    );
  }
}

/** See {@link worker.workerInputsSchema}. */
export interface WorkerArgs extends Omit<Fields<worker.WorkerArguments>, "boot"> {
  /** Its token is made a secret. */
  readonly boot: Fields<worker.WorkerArguments["boot"]>;
}

/**
 * A machine that is up as a Ready node of the cluster. Deleted: its Node goes; the machine stays as it is.
 * A change of name replaces it.
 */
export class Worker extends pulumi.CustomResource {
  declare readonly name: pulumi.Output<string>;
  /** Whether it was Ready when last looked at. */
  declare readonly ready: pulumi.Output<boolean>;
  /** The node's own part of the pod network. */
  declare readonly nodePodCidr: pulumi.Output<string>;
  declare readonly kubeletVersion: pulumi.Output<string>;
  /** When its machine claimed the boot that it joined in. */
  declare readonly bootedAt: pulumi.Output<string>;

  constructor(name: string, args: WorkerArgs, options?: pulumi.CustomResourceOptions) {
    const inputs = {
      ...args,
      kubeconfig: pulumi.secret(args.kubeconfig),
      boot: { ...args.boot, token: pulumi.secret(args.boot.token) },
    };
    super(
      "metal:index:Worker",
      name,
      { ...inputs, ...computed("ready", "nodePodCidr", "kubeletVersion", "bootedAt") },
      options,
    );
  }
}

/** See {@link kubernetesObjects.kubernetesObjectsInputsSchema}. */
export type KubernetesObjectsArgs = Fields<kubernetesObjects.KubernetesObjectsArguments>;

/**
 * Many like objects of a cluster that nobody needs apart, as one resource: a roster's accounts, its homes. An update
 * touches those alone that changed. The kubeconfig is made a secret.
 */
export class KubernetesObjects extends pulumi.CustomResource {
  /** The objects that are there, each by its key. */
  declare readonly objects: pulumi.Output<kubernetesObjects.KubernetesObjectsOutputs["objects"]>;

  constructor(name: string, args: KubernetesObjectsArgs, options?: pulumi.CustomResourceOptions) {
    const inputs = { ...args, kubeconfig: pulumi.secret(args.kubeconfig) };
    super("metal:index:KubernetesObjects", name, inputs, options);
  }
}

/** See {@link ceph.cephFilesystemInputsSchema}. */
export type CephFilesystemArgs = Fields<ceph.CephFilesystemArguments>;

/** A Ceph file system with its pools, and a pool for block devices. */
export class CephFilesystem extends pulumi.CustomResource {
  declare readonly name: pulumi.Output<string>;
  declare readonly cluster: pulumi.Output<ceph.CephFilesystemInputs["cluster"]>;
  declare readonly blockPool: pulumi.Output<string>;
  /** The cluster's UUID. */
  declare readonly fsid: pulumi.Output<string>;
  /** Addresses of the monitors, `host:port`. */
  declare readonly monitors: pulumi.Output<string[]>;

  constructor(name: string, args: CephFilesystemArgs, options?: pulumi.CustomResourceOptions) {
    super("metal:index:CephFilesystem", name, { ...args, ...computed("fsid", "monitors") }, options);
  }
}

/** See {@link ceph.cephVolumesInputsSchema}. */
export type CephVolumesArgs = Fields<ceph.CephVolumesArguments>;

/**
 * The data sets and homes of one course as Ceph subvolumes, and a client for each student.
 * Deleted: the clients' keys are revoked; a home that holds data stays.
 */
export class CephVolumes extends pulumi.CustomResource {
  declare readonly filesystem: pulumi.Output<string>;
  declare readonly group: pulumi.Output<string>;
  /** Path of each data set, by name. */
  declare readonly datasets: pulumi.Output<Record<string, string>>;
  /** Path of each home, by owner. */
  declare readonly homes: pulumi.Output<Record<string, string>>;
  /** The cephx client of each owner of a home. Secret. */
  declare readonly clients: pulumi.Output<Record<string, ceph.CephClient>>;

  constructor(name: string, args: CephVolumesArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "metal:index:CephVolumes",
      name,
      { ...args, ...computed("clients") },
      secretOutputs(options, "clients"),
    );
  }
}

/** Properties that the provider fills in: registered as undefined, so that they are outputs from the start. */
function computed(...names: string[]): Record<string, undefined> {
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

function secretOutputs(
  options: pulumi.CustomResourceOptions | undefined,
  ...names: string[]
): pulumi.CustomResourceOptions {
  return pulumi.mergeOptions(options, { additionalSecretOutputs: names });
}
