import type { PowerAction } from "../bmc/driver";
import { RedfishArgumentError, RedfishMalformedReplyError, RedfishUnsupportedError } from "./errors";
import { objectAt, objectsAt, textAt, textsAt } from "./json";
import type { Resource } from "./read";
import type { Machine } from "./system";

/** ResetType of the Resource schema (DSP8010), the first that the BMC knows. Nothing stands in for something weaker. */
const RESET_TYPES: Readonly<Record<PowerAction, readonly string[]>> = {
  on: ["On", "ForceOn"],
  off: ["ForceOff"],
  cycle: ["PowerCycle"],
  reset: ["ForceRestart"],
  diag: ["Nmi"],
  soft: ["GracefulShutdown"],
};

/** PowerState of the Resource schema. One that is switching off or pausing still runs. */
const POWER_STATES: ReadonlyMap<string, "on" | "off"> = new Map([
  ["On", "on"],
  ["Off", "off"],
  ["PoweringOn", "on"],
  ["PoweringOff", "on"],
  ["Paused", "on"],
]);

export async function powerStatus(machine: Machine): Promise<"on" | "off"> {
  return powerOf(machine, await machine.system());
}

/**
 * Resolves when the BMC has taken the order. A machine that is on or off already is not asked to become so, since BMCs
 * refuse that, each with another error.
 */
export async function power(machine: Machine, action: PowerAction): Promise<void> {
  const { redfish } = machine;
  if (!Object.hasOwn(RESET_TYPES, action)) {
    const fix = `one of ${Object.keys(RESET_TYPES).join(", ")}`;
    throw new RedfishArgumentError(redfish.label, "power", `no action ${String(action)}`, fix);
  }
  const system = await machine.system();
  const becomes = action === "soft" ? "off" : action;
  if (textAt(system.body, "PowerState")?.toLowerCase() === becomes) return;
  const reset = objectAt(system.body, "Actions", "#ComputerSystem.Reset");
  const target = textAt(reset, "target");
  const known = await allowedTypes(machine, reset);
  const type = RESET_TYPES[action].find((name) => known?.includes(name) ?? true);
  if (target === undefined || type === undefined) {
    const knows = known === undefined ? "it offers no reset" : `it knows only: ${known.join(", ")}`;
    const fix = "whether another action will do, or the BMC's firmware for an update";
    throw new RedfishUnsupportedError(redfish.label, `power ${action}`, knows, fix);
  }
  await redfish.post(target, { ResetType: type });
}

/** The values that the BMC takes: in the system, or in an ActionInfo of its own (DSP0266, "Allowable values"). */
async function allowedTypes({ redfish }: Machine, reset: unknown): Promise<readonly string[] | undefined> {
  const inline = textsAt(reset, "ResetType@Redfish.AllowableValues");
  if (inline !== undefined) return inline;
  const info = await redfish.getIfThere(textAt(reset, "@Redfish.ActionInfo"));
  const parameter = objectsAt(info?.body, "Parameters").find((p) => textAt(p, "Name") === "ResetType");
  return textsAt(parameter, "AllowableValues");
}

function powerOf({ redfish }: Machine, { path, body }: Resource): "on" | "off" {
  const state = textAt(body, "PowerState") ?? "";
  const power = POWER_STATES.get(state);
  if (power !== undefined) return power;
  throw new RedfishMalformedReplyError(
    redfish.label,
    `GET ${path}`,
    `no PowerState but ${JSON.stringify(state)}`,
  );
}
