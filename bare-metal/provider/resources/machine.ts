import { readIfThere } from "../../../base/files";
import { KubeApi, parseKubeconfig } from "../../../base/kubernetes/api";
import type { Path } from "../../../base/paths";
import type { Milliseconds } from "../../../base/units";
import { compareInputs, type Context, PartialFailure, type ResourceKind } from "../../../base/provider";
import { sameSystemGuid } from "../../bmc/system-guid";
import { BootServiceClient } from "../../boot/client";
import { rejoinNode } from "../../control-plane/join/join";
import {
  type BootRecord,
  bootServiceOf,
  type ClusterBackend,
  compareHardware,
  diskOfBoot,
  foresee,
  type Goal,
  kubeCluster,
  LifecycleError,
  type LifecycleOutcome,
  machineBackend,
  runLifecycle,
  type Turn,
  Turns,
  whileThere,
} from "../../lifecycle";
import { type MachineInputs, machineInputsSchema, type MachineOutputs } from "../contract/machine";

const COMPUTED = [
  "hardware",
  "state",
  "systemGuid",
  "firmware",
  "runs",
  "bootBegan",
  "powerActions",
] as const;
/** What is known of a machine beside its inputs. */
type Known = Pick<MachineOutputs, (typeof COMPUTED)[number]>;

const NOTHING: Known = {
  hardware: null,
  state: "unknown",
  systemGuid: "",
  firmware: "",
  runs: null,
  bootBegan: null,
  powerActions: 0,
};
/** For what a node joins with to be handed over; that it is Ready is awaited apart. */
const REJOIN_TIMEOUT: Milliseconds = 60_000;
/** A clock that was set in a boot is told of from so many seconds on. */
const CLOCK_MATTERS = 60;
/** One process serves one update, so these are the turns of all its machines. */
const turns = new Turns();

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

  /** How many machines may be under way says nothing about this one. */
  diff: (olds, inputs) =>
    compareInputs(olds.inputs, inputs, [["name"]]).filter(({ path }) => path[0] !== "wave"),

  drift(outputs, inputs) {
    const paths: Path[] = [];
    if (inputs.power === "on" && runsAnother(inputs, outputs)) paths.push(["runs"]);
    if (inputs.power === "on" && outputs.state !== "ready") paths.push(["state"]);
    if (outputs.hardware && compareHardware(inputs.name, inputs.expected, outputs.hardware).length > 0) {
      paths.push(["hardware"]);
    }
    return paths;
  },

  changes(outputs, inputs) {
    const boots = inputs.power === "on" && outputs.state !== "ready";
    const elsewhere =
      runsAnother(inputs, outputs) ||
      inputs.mac !== outputs.mac ||
      inputs.power !== outputs.power ||
      inputs.boot.url !== outputs.boot.url ||
      inputs.bmc.address !== outputs.bmc.address ||
      inputs.bmc.port !== outputs.bmc.port;
    return boots || elsewhere ? COMPUTED : [];
  },

  async foresee(olds, inputs, context) {
    const before = olds?.outputs ?? NOTHING;
    let record: BootRecord | undefined;
    try {
      record = await new BootServiceClient({ ...inputs.boot, timeout: 3_000 }).get(inputs.mac);
    } catch {
      // A preview tells what it can; the update says what does not answer.
    }
    const on = before.state !== "off" && before.state !== "unknown";
    context.info(`${inputs.name}: ${foresee(goalOf(inputs, before), record, on, inputs.disks)}`);
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
    // What is taken away keeps no other in service, so it waits for no turn.
    await live({ become: "retired", ...stoppingOf(outputs) }, outputs, outputs, context);
  },
};

function goalOf(inputs: MachineInputs, before: Known): Goal {
  const { power, image, disks, cluster, readyTimeoutSeconds } = inputs;
  if (power === "off") return { become: "off", ...stoppingOf(inputs) };
  const { runs } = before;
  const join = cluster?.joinTimeoutSeconds;
  return {
    become: "ready",
    timeout: readyTimeoutSeconds * 1000,
    image,
    ...(runs && runs.root !== image?.root && { previous: { name: runs.name, root: runs.root } }),
    ...(disks[0] && { disk: disks[0].byId }),
    ...(join !== undefined && { join: join * 1000 }),
    ...stoppingOf(inputs),
  };
}

function stoppingOf({ shutdownGraceSeconds, cluster }: MachineInputs): Pick<Goal, "grace" | "drain"> {
  return {
    grace: shutdownGraceSeconds * 1000,
    ...(cluster && { drain: cluster.drainTimeoutSeconds * 1000 }),
  };
}

function runsAnother({ image, disks: [disk] }: MachineInputs, { runs }: Known): boolean {
  return (
    (image !== undefined && runs?.root !== image.root) || (disk !== undefined && runs?.disk !== disk.byId)
  );
}

/** Brings the machine to where its inputs want it, and looks whether it is what is expected. */
async function converge(inputs: MachineInputs, before: Known, context: Context): Promise<MachineOutputs> {
  let outcome: LifecycleOutcome;
  try {
    outcome = await live(goalOf(inputs, before), inputs, before, context);
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
    runs: runsOf(outcome.record) ?? before.runs,
    bootBegan: outcome.record?.expectedAt ?? before.bootBegan,
    powerActions: before.powerActions + outcome.powerActions,
  };
  const { clockWas = 0 } = outcome.record ?? {};
  if (outcome.powerActions > 0 && Math.abs(clockWas) > CLOCK_MATTERS) {
    const how = clockWas > 0 ? "ahead of" : "behind";
    context.warn(
      `${inputs.name}: its clock was ${Math.round(Math.abs(clockWas))} s ${how} the boot service's when it started, and ` +
        "was set; if that comes back, change the battery of its board's clock and check the gateway's own time",
    );
  }
  if (inputs.power === "on") {
    const problem = hardwareProblem(inputs, outputs);
    if (problem !== undefined)
      throw new PartialFailure<MachineOutputs>(inputs.name, outputs, new Error(problem));
  }
  return outputs;
}

/** What a record says that came up. */
function runsOf(record: BootRecord | undefined): MachineOutputs["runs"] {
  if (record?.readyAt === undefined || record.root === undefined) return null;
  const disk = diskOfBoot(record);
  return {
    ...(record.image !== undefined && { name: record.image }),
    root: record.root,
    ...(disk !== undefined && { disk }),
  };
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
  const { name, role, mac, address, bmc, boot, disks, wave } = inputs;
  const { signal } = context;
  const backend = machineBackend(name, bmc, signal);
  const cluster = clusterOf(inputs, signal);
  let turn: Turn | undefined;
  let well = false;
  try {
    const outcome = await runLifecycle(goal, {
      backend,
      bootService: bootServiceOf(new BootServiceClient(boot), mac, { name, role, address, disks }),
      cluster,
      systemGuid: expectedGuid(inputs, before),
      signal,
      takeTurn:
        wave &&
        (async (kind) => {
          const note = (text: string): void => context.status(`${name}: ${text}`);
          turn = await turns.take(name, kind, wave, { signal, note });
        }),
      onTransition: ({ to }) => context.status(`${name}: ${to}`),
      onWait: (what, since) => context.status(`${name}: ${what} (${Math.round(since / 1000)} s)`),
    });
    well = true;
    return outcome;
  } finally {
    turn?.end(well);
    cluster?.close();
    await backend.close();
  }
}

/** Its node, where there is a cluster. One that is taken down meanwhile has no nodes any more. */
function clusterOf({ name, cluster, boot }: MachineInputs, signal: AbortSignal): ClusterBackend | undefined {
  const text = cluster && readIfThere(cluster.kubeconfigFile);
  if (!cluster || text === undefined) return undefined;
  const gone = (): boolean => readIfThere(cluster.kubeconfigFile) === undefined;
  const api = new KubeApi(parseKubeconfig(text));
  const rejoin = () =>
    rejoinNode(api, name, { boot: new BootServiceClient(boot), timeout: REJOIN_TIMEOUT, signal });
  return whileThere(kubeCluster(api, name, rejoin), gone);
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
    const runs = runsOf(record) ?? outputs.runs ?? null;
    const bootBegan = record?.expectedAt ?? outputs.bootBegan ?? null;
    return {
      inputs: { ...inputs, power },
      outputs: { ...outputs, ...identity, power, state, hardware, runs, bootBegan },
    };
  } finally {
    await backend.close();
  }
}

function expectedGuid(inputs: MachineInputs, before: Known): string | undefined {
  return inputs.bmc.systemGuid ?? (before.systemGuid || undefined);
}

function known({ hardware, state, systemGuid, firmware, runs, bootBegan, powerActions }: Known): Known {
  const told = { runs: runs ?? null, bootBegan: bootBegan ?? null };
  return { hardware, state, systemGuid, firmware, ...told, powerActions };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
