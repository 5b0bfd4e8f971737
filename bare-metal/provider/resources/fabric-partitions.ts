import { compareInputs, type ResourceKind } from "../../../base/provider";
import {
  applyPartitions,
  checkPartitions,
  type FabricManager,
  readPartitions,
  removePartitions,
} from "../../fabric";
import {
  type FabricPartitionsInputs,
  fabricPartitionsInputsSchema,
  type FabricPartitionsOutputs,
} from "../contract/fabric-partitions";

/** Bit of a P_Key table's entry that says full membership (InfiniBand Architecture Specification, volume 1, 10.9.1). */
const FULL = 0x8000;
const REPLACE_ON = [["owner"], ["manager", "partitionsFile"]];

/** The partitions of one owner in OpenSM's file. */
export const fabricPartitions: ResourceKind<FabricPartitionsInputs, FabricPartitionsOutputs> = {
  inputs: fabricPartitionsInputsSchema,
  computed: ["verified"],
  replaceOn: REPLACE_ON,
  deleteBeforeReplace: true,

  check: ({ owner, partitions, reserved }) => checkPartitions([{ owner, partitions }], { reserved }),

  /** What others hold is looked at, and changes nothing here: a course that is new touches no other's stack. */
  diff: (olds, inputs) =>
    compareInputs(olds.inputs, inputs, REPLACE_ON).filter(({ path }) => path[0] !== "reserved"),

  drift(outputs, inputs) {
    const held = new Map(outputs.verified.map(({ portGuid, pkeys }) => [portGuid, new Set(pkeys)]));
    const right = inputs.partitions.every(({ pkey, members }) =>
      members.every((m) => held.get(m.portGuid)?.has(m.membership === "full" ? pkey + FULL : pkey)),
    );
    return right ? [] : [["verified"]];
  },

  create: async (inputs) => ({ id: inputs.owner, outputs: await apply(inputs) }),

  async read({ inputs, outputs }) {
    const found = await readPartitions(managerOf(inputs), inputs.owner);
    if (!found) return undefined;
    const partitions = structuredClone(found.partitions) as FabricPartitionsInputs["partitions"];
    return {
      inputs: { ...inputs, partitions },
      outputs: { ...outputs, partitions, verified: found.verified },
    };
  },

  update: (_recorded, inputs) => apply(inputs),

  delete: ({ outputs }) => removePartitions({ ...managerOf(outputs), owner: outputs.owner }),
};

async function apply(inputs: FabricPartitionsInputs): Promise<FabricPartitionsOutputs> {
  const { owner, partitions, reserved } = inputs;
  return {
    ...inputs,
    verified: await applyPartitions({ ...managerOf(inputs), owner, partitions, reserved }),
  };
}

function managerOf({ manager }: FabricPartitionsInputs): FabricManager {
  const { logFile, ...others } = manager;
  return { ...others, ...(logFile !== undefined && { logFile }) };
}
