import { compareInputs, type Context, type Properties, type ResourceKind } from "../../../base/provider";
import type { Path } from "../../../base/paths";
import { ensureVolumes, type KeptVolume, readVolumes, removeVolumes } from "../../ceph";
import { type CephVolumesInputs, cephVolumesInputsSchema, type CephVolumesOutputs } from "../contract/ceph";

const REPLACE_ON = [["filesystem"], ["group"]];

/** The subvolumes of one course, and a client for each home. */
export const cephVolumes: ResourceKind<CephVolumesInputs, CephVolumesOutputs> = {
  inputs: cephVolumesInputsSchema,
  secrets: [["clients"]],
  computed: ["datasets", "homes", "clients"],
  replaceOn: REPLACE_ON,

  /** By owner and by name: who comes or goes changes nobody else's, wherever they stand in the list. */
  diff: (olds, inputs) => compareInputs(byName(olds.inputs), byName(inputs), REPLACE_ON),

  drift(outputs, inputs) {
    const { datasets, owners } = names(inputs);
    if (!datasets.every((name) => name in outputs.datasets)) return [["datasets"]];
    return owners.every((owner) => owner in outputs.homes && owner in outputs.clients) ? [] : [["homes"]];
  },

  /** Those of others stay known, so that a preview shows whom a change of the roster touches. */
  changes(outputs, inputs) {
    const { datasets, owners } = names(inputs);
    const missing = (of: "datasets" | "homes" | "clients", wanted: readonly string[]): Path[] =>
      wanted.filter((name) => !(name in outputs[of])).map((name) => [of, name]);
    return [...missing("datasets", datasets), ...missing("homes", owners), ...missing("clients", owners)];
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

/** Lists as objects. What is not known yet stays as it is. */
function byName(inputs: CephVolumesInputs): Properties {
  const { datasets, homes } = inputs;
  return {
    ...inputs,
    datasets: Array.isArray(datasets) ? Object.fromEntries(datasets.map((d) => [d.name, d])) : datasets,
    homes: Array.isArray(homes) ? Object.fromEntries(homes.map((h) => [h.owner, h])) : homes,
  };
}

function names({ datasets, homes }: CephVolumesInputs) {
  return { datasets: datasets.map((d) => d.name), owners: homes.map((h) => h.owner) };
}
