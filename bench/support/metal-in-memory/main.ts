import { type ProviderSpec, serveProvider } from "../../../base/provider";
import { version } from "../../../package.json";
import { machine } from "../../../bare-metal/provider/resources/machine";
import { bring, IRONIC } from "../life-in-memory";

/**
 * Provider `metal` with machines in memory: all of it is the real one, but the BMC and the boot service. With
 * MACHINE_DELAYS=ironic they take their time.
 */
const spec: ProviderSpec = {
  name: "metal",
  version,
  kinds: {
    "metal:index:Machine": () => ({
      ...machine,
      async create(inputs) {
        const outcome = await bring(process.env["MACHINE_DELAYS"] === "ironic" ? IRONIC : undefined);
        const { identity, state, record, powerActions } = outcome;
        return {
          id: inputs.name,
          outputs: {
            ...{ ...inputs, ...identity, state, powerActions, runs: null, hardware: inputs.expected },
            bootBegan: record?.expectedAt ?? null,
          },
        };
      },
    }),
  },
};

/** @param ended Called at the end, with the types that were worked with. */
export const serve = (ended?: (...types: string[]) => void): void => serveProvider(spec, ended);
