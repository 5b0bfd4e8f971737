import type { ResourceKind } from "../../../base/provider";
import { ensureFilesystem, readFilesystem } from "../../ceph";
import {
  type CephFilesystemInputs,
  cephFilesystemInputsSchema,
  type CephFilesystemOutputs,
} from "../contract/ceph";

/** A Ceph file system. It holds people's data, so nothing here ever deletes it. */
export const cephFilesystem: ResourceKind<CephFilesystemInputs, CephFilesystemOutputs> = {
  inputs: cephFilesystemInputsSchema,
  computed: ["fsid", "monitors"],
  replaceOn: [["name"], ["metadataPool"], ["dataPool"]],

  changes: () => [],

  create: async (inputs) => ({ id: inputs.name, outputs: await ensure(inputs) }),

  async read({ inputs, outputs }) {
    const found = await readFilesystem(inputs);
    return found && { inputs, outputs: { ...outputs, ...found } };
  },

  update: (_recorded, inputs) => ensure(inputs),

  async delete({ outputs }, context) {
    context.warn(
      `file system ${outputs.name} and its pools stay in Ceph with all their data; only Pulumi forgets them`,
    );
  },
};

async function ensure(inputs: CephFilesystemInputs): Promise<CephFilesystemOutputs> {
  return { ...inputs, ...(await ensureFilesystem(inputs)) };
}
