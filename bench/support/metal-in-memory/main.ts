import { type ProviderSpec, serveProvider } from "../../../base/provider";
import { version } from "../../../package.json";
import { machine } from "../../../bare-metal/provider/resources/machine";
import { runLifecycle } from "../../../bare-metal/lifecycle";
import { MachineInMemory } from "../../../tests/fixtures/machine-in-memory";

/** Provider `metal` with machines in memory: all of it is the real one, but the BMC, the boot service and the time. */
const spec: ProviderSpec = {
  name: "metal",
  version,
  kinds: {
    "metal:index:Machine": () => ({
      ...machine,
      async create(inputs) {
        const { backend, bootService, clock } = new MachineInMemory({
          bootTime: 0,
          report: "ready",
          shutdownTime: 0,
        });
        const goal = { become: "ready", timeout: 600_000, grace: 0 } as const;
        const { signal } = new AbortController();
        const outcome = await runLifecycle(goal, { backend, bootService, clock, signal });
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
