import { ensureFilesystem, readFilesystem } from "../../ceph";
import {
  type CephFilesystemInputs,
  cephFilesystemInputsSchema,
  type CephFilesystemOutputs,
} from "../contract/ceph";
import type { ResourceKind } from "../kind";

/** A Ceph file system. It holds people's data, so nothing here ever deletes it. */
export const cephFilesystem: ResourceKind<CephFilesystemInputs, CephFilesystemOutputs> = {
  inputs: cephFilesystemInputsSchema,
  secrets: [],
  computed: ["fsid", "monitors"],
  replaceOn: [["name"], ["metadataPool"], ["dataPool"]],
  deleteBeforeReplace: false,

  changes: () => [],

  id: ({ name }) => name,

  create: ensure,

  async read(inputs, outputs) {
    const found = await readFilesystem(inputs);
    return found && { inputs, outputs: { ...outputs, ...found } };
  },

  update: (_outputs, inputs) => ensure(inputs),

  async delete({ name }, context) {
    context.warn(
      `file system ${name} and its pools stay in Ceph with all their data; only Pulumi forgets them`,
    );
  },
};

async function ensure(inputs: CephFilesystemInputs): Promise<CephFilesystemOutputs> {
  return { ...inputs, ...(await ensureFilesystem(inputs)) };
}
