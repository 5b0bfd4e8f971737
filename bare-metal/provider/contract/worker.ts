import { z } from "zod";
import { inventorySchema } from "../../inventory/inventory";
import { machineInputsSchema } from "./machine";

const machine = inventorySchema.shape.machines.element.shape;
const endpoint = z.string().regex(/^[^\s/:]+:\d{1,5}$/, "not host:port");

/** What an operator writes about a machine that becomes a node. */
export const workerInputsSchema = z.strictObject({
  /** Name of the machine and of its Node. A change replaces the resource. */
  name: machine.name,
  mac: machine.mac,
  /** Address in the provisioning network, at which kubelet answers. */
  address: machine.address,
  /** The boot service that the machine booted from. */
  boot: machineInputsSchema.shape.boot,
  /** The cluster's administrator's. Secret. */
  kubeconfig: z.string().min(1),
  labels: z.record(z.string(), z.string()).default({}),
  taints: z
    .array(
      z.strictObject({ key: z.string().min(1), value: z.string().optional(), effect: z.string().min(1) }),
    )
    .default([]),
  /** All of the pod network. */
  podCidr: inventorySchema.shape.networks.shape.pods,
  /** Image of the container that holds a pod's namespaces. */
  sandboxImage: z.string().min(1),
  /** Registries that speak plain HTTP. Default: none. */
  plainRegistries: z.array(endpoint).default([]),
  /** Time servers. Default: Debian's. */
  timeServers: z.array(z.string().min(1)).default([]),
  /** Name servers of the node, and for what its pods ask beside the cluster's names. Default: none. */
  nameServers: z.array(z.ipv4("not an IPv4 address")).default([]),
  /** From the join's begin to Ready, in seconds, 1 to 7200. Default: 600. */
  readyTimeoutSeconds: z.int().min(1).max(7200).default(600),
  /** Which boot of the machine the node joins in: it joins again when this changes. */
  boots: z.string().default(""),
});

export type WorkerArguments = z.input<typeof workerInputsSchema>;
export type WorkerInputs = z.output<typeof workerInputsSchema>;

export interface WorkerOutputs extends WorkerInputs {
  /** Whether the node was Ready, in the machine's present boot, when last looked at. */
  readonly ready: boolean;
  /** The node's own part of the pod network. */
  readonly nodePodCidr: string;
  /** Such as `v1.37.2`. */
  readonly kubeletVersion: string;
  /** When the machine claimed the boot that the node joined in. */
  readonly bootedAt: string;
}
