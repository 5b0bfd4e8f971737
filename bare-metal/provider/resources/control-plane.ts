import { existsSync, readdirSync } from "node:fs";
import { PartialFailure, type ResourceKind } from "../../../base/provider";
import {
  probeControlPlane,
  readKubeconfig,
  startControlPlane,
  stopControlPlane,
  toolsFromPath,
} from "../../control-plane";
import {
  type ControlPlaneInputs,
  controlPlaneInputsSchema,
  type ControlPlaneOutputs,
} from "../contract/control-plane";

/** A Kubernetes control plane as processes of this machine. */
export const controlPlane: ResourceKind<ControlPlaneInputs, ControlPlaneOutputs> = {
  inputs: controlPlaneInputsSchema,
  secrets: [["kubeconfig"]],
  computed: ["kubeconfig", "ready"],
  replaceOn: [["dir"], ["address"], ["port"], ["podCidr"], ["serviceCidr"]],
  deleteBeforeReplace: true,

  drift: (outputs) => (outputs.ready ? [] : [["ready"]]),

  // Keys and certificates are kept, so the kubeconfig of a control plane that is started anew is the same.
  changes: () => ["ready"],

  async create(inputs) {
    // The folder is removed with the resource: what somebody else keeps there must not be.
    if (existsSync(inputs.dir) && !isOurs(inputs.dir)) {
      throw new Error(`dir = ${inputs.dir}: this folder holds other files; name one that does not exist yet`);
    }
    return { id: idOf(inputs), outputs: await start(inputs) };
  },

  async read({ inputs, outputs }) {
    if (!existsSync(inputs.dir)) return undefined;
    const kubeconfig = readKubeconfig(inputs.dir);
    // Its removal was cut off: its processes may run, so it stays recorded.
    if (kubeconfig === undefined) return { inputs, outputs: { ...outputs, ready: false } };
    const { ready } = await probeControlPlane(inputs);
    return { inputs, outputs: { ...outputs, kubeconfig, ready } };
  },

  update: (_recorded, inputs) => start(inputs),

  delete: ({ outputs }) => stopControlPlane(outputs.dir, { removeData: true }),
};

function idOf({ address, port }: ControlPlaneInputs): string {
  return `${address}:${port}`;
}

async function start(inputs: ControlPlaneInputs): Promise<ControlPlaneOutputs> {
  const tools = toolsFromPath();
  try {
    const { kubeconfig } = await startControlPlane({ ...inputs, tools });
    return { ...inputs, kubeconfig, ready: true };
  } catch (error) {
    // Some of its processes may run: recorded, so that a destroy stops them.
    const outputs: ControlPlaneOutputs = {
      ...inputs,
      kubeconfig: readKubeconfig(inputs.dir) ?? "",
      ready: false,
    };
    throw new PartialFailure<ControlPlaneOutputs>(idOf(inputs), outputs, error as Error);
  }
}

/** Whether the folder is empty or made by an earlier create. */
function isOurs(dir: string): boolean {
  const names = readdirSync(dir);
  return names.length === 0 || names.includes("pki");
}
