import type { Context, ResourceKind } from "../../../base/provider";
import { ensureVolumes, type KeptVolume, readVolumes, removeVolumes } from "../../ceph";
import { type CephVolumesInputs, cephVolumesInputsSchema, type CephVolumesOutputs } from "../contract/ceph";

/** The subvolumes of one course, and a client for each home. */
export const cephVolumes: ResourceKind<CephVolumesInputs, CephVolumesOutputs> = {
  inputs: cephVolumesInputsSchema,
  secrets: [["clients"]],
  computed: ["datasets", "homes", "clients"],
  replaceOn: [["filesystem"], ["group"]],

  drift(outputs, inputs) {
    const { datasets, owners } = names(inputs);
    if (!datasets.every((name) => name in outputs.datasets)) return [["datasets"]];
    return owners.every((owner) => owner in outputs.homes && owner in outputs.clients) ? [] : [["homes"]];
  },

  changes(outputs, inputs) {
    const { datasets, owners } = names(inputs);
    return [
      ...(sameNames(datasets, outputs.datasets) ? [] : (["datasets"] as const)),
      ...(sameNames(owners, outputs.homes) ? [] : (["homes", "clients"] as const)),
    ];
  },

  async create(inputs, context) {
    return { id: `${inputs.filesystem}/${inputs.group}`, outputs: await ensure(inputs, context) };
  },

  async read({ inputs, outputs }) {
    const found = await readVolumes(inputs);
    if (!found) return undefined;
    const { datasets, homes, clients } = found;
    return { inputs, outputs: { ...outputs, datasets, homes, clients } };
  },

  update: (_recorded, inputs, context) => ensure(inputs, context),

  async delete({ outputs }, context) {
    warnOfKept(await removeVolumes(outputs), context);
  },
};

async function ensure(inputs: CephVolumesInputs, context: Context): Promise<CephVolumesOutputs> {
  const { datasets, homes, clients, kept } = await ensureVolumes(inputs);
  warnOfKept(kept, context);
  return { ...inputs, datasets, homes, clients };
}

function warnOfKept(kept: readonly KeptVolume[], context: Context): void {
  if (kept.length === 0) return;
  const list = kept.map(({ name, path, usedBytes }) => `  ${name}: ${usedBytes} bytes in ${path}`).join("\n");
  context.warn(`these volumes hold data and stay, without a client that could read them:\n${list}`);
}

function names({ datasets, homes }: CephVolumesInputs) {
  return { datasets: datasets.map((d) => d.name), owners: homes.map((h) => h.owner) };
}

function sameNames(list: readonly string[], map: Readonly<Record<string, unknown>>): boolean {
  return list.length === Object.keys(map).length && list.every((name) => name in map);
}
