import type { Context, ResourceKind } from "../../../base/provider";
import { BootServiceClient } from "../../boot/client";
import { joinNode, nodeProblem, removeNode } from "../../control-plane/join/join";
import { type WorkerInputs, workerInputsSchema, type WorkerOutputs } from "../contract/worker";

const COMPUTED = ["ready", "nodePodCidr", "kubeletVersion", "bootedAt"] as const;

/** A machine as a node of the cluster. */
export const worker: ResourceKind<WorkerInputs, WorkerOutputs> = {
  inputs: workerInputsSchema,
  secrets: [["kubeconfig"], ["boot", "token"]],
  computed: COMPUTED,
  replaceOn: [["name"]],
  deleteBeforeReplace: true,

  drift: (outputs) => (outputs.ready ? [] : [["ready"]]),

  async create(inputs, context) {
    return { id: inputs.name, outputs: await join(inputs, context) };
  },

  async read({ inputs, outputs }, context) {
    try {
      const record = await new BootServiceClient(inputs.boot).get(inputs.mac);
      const problem = await nodeProblem(inputs.kubeconfig, inputs.name, record?.claimedAt);
      if (problem !== undefined) context.warn(`${inputs.name}: not a Ready node: ${problem}`);
      return { inputs, outputs: { ...outputs, ready: problem === undefined } };
    } catch (error) {
      // A control plane that does not answer says nothing about its nodes.
      context.warn(
        `${inputs.name}: not refreshed, what was recorded before is kept. ${(error as Error).message}`,
      );
      return { inputs, outputs };
    }
  },

  update: (_recorded, inputs, context) => join(inputs, context),

  delete: ({ outputs }) => removeNode(outputs.kubeconfig, outputs.name),
};

async function join(inputs: WorkerInputs, context: Context): Promise<WorkerOutputs> {
  const { podCidr, timeServers, readyTimeoutSeconds, boot, taints, ...spec } = inputs;
  const node = await joinNode({
    ...spec,
    taints: taints.map(({ value, ...taint }) => (value === undefined ? taint : { ...taint, value })),
    ...(timeServers.length > 0 && { timeServers }),
    clusterCidr: podCidr,
    boot: new BootServiceClient(boot),
    timeout: readyTimeoutSeconds * 1000,
    signal: context.signal,
    onWait: (what) => context.status(`${inputs.name}: ${what}`),
  });
  const { podCidr: nodePodCidr, kubeletVersion, bootedAt } = node;
  return { ...inputs, ready: true, nodePodCidr, kubeletVersion, bootedAt };
}
