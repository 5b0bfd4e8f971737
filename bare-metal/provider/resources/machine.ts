import type { Path } from "../../../base/paths";
import { type Context, PartialFailure, type ResourceKind } from "../../../base/provider";
import { sameSystemGuid } from "../../bmc/system-guid";
import { BootServiceClient } from "../../boot/client";
import {
  bootServiceOf,
  compareHardware,
  type Goal,
  LifecycleError,
  type LifecycleOutcome,
  machineBackend,
  runLifecycle,
} from "../../lifecycle";
import { type MachineInputs, machineInputsSchema, type MachineOutputs } from "../contract/machine";

const COMPUTED = ["hardware", "state", "systemGuid", "firmware", "powerActions"] as const;
/** What is known of a machine beside its inputs. */
type Known = Pick<MachineOutputs, (typeof COMPUTED)[number]>;

const NOTHING: Known = { hardware: null, state: "unknown", systemGuid: "", firmware: "", powerActions: 0 };

/** One server: see {@link machineInputsSchema} for what is written, and bare-metal/lifecycle for what is done to it. */
export const machine: ResourceKind<MachineInputs, MachineOutputs> = {
  inputs: machineInputsSchema,
  secrets: [
    ["bmc", "password"],
    ["boot", "token"],
  ],
  computed: COMPUTED,
  replaceOn: [["name"]],
  deleteBeforeReplace: true,

  drift(outputs, inputs) {
    const paths: Path[] = [];
    if (inputs.power === "on" && outputs.state !== "ready") paths.push(["state"]);
    if (outputs.hardware && compareHardware(inputs.name, inputs.expected, outputs.hardware).length > 0) {
      paths.push(["hardware"]);
    }
    return paths;
  },

  changes(outputs, inputs) {
    const boots = inputs.power === "on" && outputs.state !== "ready";
    const elsewhere =
      inputs.mac !== outputs.mac ||
      inputs.power !== outputs.power ||
      inputs.boot.url !== outputs.boot.url ||
      inputs.bmc.address !== outputs.bmc.address ||
      inputs.bmc.port !== outputs.bmc.port;
    return boots || elsewhere ? COMPUTED : [];
  },

  async create(inputs, context) {
    return { id: inputs.name, outputs: await converge(inputs, NOTHING, context) };
  },

  async read({ inputs, outputs }, context) {
    try {
      return await look(inputs, outputs, context);
    } catch (error) {
      // A BMC that does not answer says nothing about its machine: what is recorded stays, and the operator is told.
      context.warn(`${inputs.name}: not refreshed, what was recorded before is kept. ${messageOf(error)}`);
      return { inputs, outputs };
    }
  },

  async update({ outputs }, inputs, context) {
    const updated = await converge(inputs, outputs, context);
    if (outputs.mac !== inputs.mac) await new BootServiceClient(inputs.boot).remove(outputs.mac);
    return updated;
  },

  async delete({ outputs }, context) {
    await live({ become: "retired", grace: outputs.shutdownGraceSeconds * 1000 }, outputs, outputs, context);
  },
};

/** Brings the machine to where its inputs want it, and looks whether it is what is expected. */
async function converge(inputs: MachineInputs, before: Known, context: Context): Promise<MachineOutputs> {
  const goal: Goal =
    inputs.power === "on"
      ? {
          become: "ready",
          timeout: inputs.readyTimeoutSeconds * 1000,
          grace: inputs.shutdownGraceSeconds * 1000,
        }
      : { become: "off", grace: inputs.shutdownGraceSeconds * 1000 };
  let outcome: LifecycleOutcome;
  try {
    outcome = await live(goal, inputs, before, context);
  } catch (error) {
    if (!(error instanceof LifecycleError) || error.state === "unknown" || error.state === "inspecting")
      throw error;
    const outputs = {
      ...inputs,
      ...known(before),
      ...error.identity,
      state: error.state,
      powerActions: before.powerActions + error.powerActions,
    };
    throw new PartialFailure<MachineOutputs>(inputs.name, outputs, error);
  }
  const outputs: MachineOutputs = {
    ...inputs,
    ...outcome.identity,
    hardware: outcome.record?.hardware ?? before.hardware,
    state: outcome.state,
    powerActions: before.powerActions + outcome.powerActions,
  };
  if (inputs.power === "on") {
    const problem = hardwareProblem(inputs, outputs);
    if (problem !== undefined)
      throw new PartialFailure<MachineOutputs>(inputs.name, outputs, new Error(problem));
  }
  return outputs;
}

function hardwareProblem(
  { name, expected }: MachineInputs,
  { hardware }: MachineOutputs,
): string | undefined {
  if (!hardware)
    return `${name}: it is ready, but the boot service holds no report of its hardware; boot it anew`;
  const faults = compareHardware(name, expected, hardware);
  if (faults.length === 0) return undefined;
  const lines = faults.map((f) => `  ${f.path}: ${f.problem}\n    fix: ${f.fix}`);
  return [`${name}: it is on and ready, but its hardware is not what is expected`, ...lines].join("\n");
}

/** Runs the machine's life to a goal. The BMC must be the one that is written down, or else the one of last time. */
async function live(
  goal: Goal,
  inputs: MachineInputs,
  before: Known,
  context: Context,
): Promise<LifecycleOutcome> {
  const { name, mac, bmc, boot } = inputs;
  const backend = machineBackend(name, bmc, context.signal);
  try {
    return await runLifecycle(goal, {
      backend,
      bootService: bootServiceOf(new BootServiceClient(boot), mac, inputs),
      systemGuid: expectedGuid(inputs, before),
      signal: context.signal,
      onTransition: ({ to }) => context.status(`${name}: ${to}`),
      onWait: (what, since) => context.status(`${name}: ${what} (${Math.round(since / 1000)} s)`),
    });
  } finally {
    await backend.close();
  }
}

/** The machine as BMC and boot service see it now. */
async function look(inputs: MachineInputs, outputs: MachineOutputs, context: Context) {
  const { name, mac, bmc, boot } = inputs;
  const backend = machineBackend(name, bmc, context.signal);
  try {
    const identity = await backend.identity();
    const expected = expectedGuid(inputs, outputs);
    if (expected !== undefined && !sameSystemGuid(identity.systemGuid, expected)) {
      throw new Error(
        `The BMC at ${backend.bmc} answers system GUID ${identity.systemGuid}, expected ${expected}.`,
      );
    }
    const power = await backend.powerStatus();
    const record = await new BootServiceClient(boot).get(mac);
    const state = power === "off" ? "off" : (record?.state ?? "unknown");
    if (power === "on" && state !== "ready") {
      context.warn(`${name}: it is on, but ${state} in the boot service; an update would boot it anew.`);
    }
    const hardware = record?.hardware ?? outputs.hardware;
    return { inputs: { ...inputs, power }, outputs: { ...outputs, ...identity, power, state, hardware } };
  } finally {
    await backend.close();
  }
}

function expectedGuid(inputs: MachineInputs, before: Known): string | undefined {
  return inputs.bmc.systemGuid ?? (before.systemGuid || undefined);
}

function known({ hardware, state, systemGuid, firmware, powerActions }: Known): Known {
  return { hardware, state, systemGuid, firmware, powerActions };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
