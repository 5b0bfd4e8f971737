import type { BootDevice, BootOverride } from "../bmc/driver";
import { RedfishArgumentError, RedfishReadBackError, RedfishUnsupportedError } from "./errors";
import { type JsonObject, textAt, textsAt } from "./json";
import type { Resource } from "./read";
import type { Machine } from "./system";

/** BootSourceOverrideTarget of the ComputerSystem schema. */
const TARGETS: Readonly<Record<BootDevice, string>> = {
  none: "None",
  pxe: "Pxe",
  disk: "Hdd",
  cdrom: "Cd",
  bios: "BiosSetup",
};

/** What the BMC tells the firmware to boot from; `none` where the override is disabled. */
export async function readBootOverride(machine: Machine): Promise<BootOverride> {
  return overrideOf(await machine.system());
}

/**
 * Sets what the machine boots from, and reads it back. A BMC that knows no boot modes boots by UEFI here.
 * @throws {RedfishUnsupportedError} if the BMC does not offer that device or mode
 * @throws {RedfishReadBackError} if the BMC holds another device then
 */
export async function writeBootOverride(
  machine: Machine,
  want: { readonly device: BootDevice; readonly once: boolean; readonly uefi: boolean },
): Promise<BootOverride> {
  const { redfish } = machine;
  const command = "set boot override";
  if (!Object.hasOwn(TARGETS, want.device)) {
    const fix = `one of ${Object.keys(TARGETS).join(", ")}`;
    throw new RedfishArgumentError(redfish.label, command, `no device ${String(want.device)}`, fix);
  }
  const target = TARGETS[want.device];
  await redfish.patch(await machine.system(), (system) => {
    const allowed = textsAt(system.body, "Boot", "BootSourceOverrideTarget@Redfish.AllowableValues");
    const offered = want.device === "none" || (allowed?.includes(target) ?? true);
    const modes = textAt(system.body, "Boot", "BootSourceOverrideMode") !== undefined;
    if (!offered || (!modes && !want.uefi)) {
      const problem = offered ? "it has no legacy boot" : `it offers only: ${allowed?.join(", ")}`;
      throw new RedfishUnsupportedError(
        redfish.label,
        command,
        problem,
        "which devices this machine can boot from",
      );
    }
    return { Boot: bootOf(want, target, modes) };
  });
  const got = await readBootOverride(machine);
  if (got.device !== want.device) {
    const problem = `set boot device ${want.device}, read back ${got.device}`;
    const fix = "whether the BMC supports this device, and who else sets it";
    throw new RedfishReadBackError(redfish.label, command, problem, fix);
  }
  return got;
}

function bootOf(
  want: { device: BootDevice; once: boolean; uefi: boolean },
  target: string,
  modes: boolean,
): JsonObject {
  return {
    BootSourceOverrideEnabled: want.device === "none" ? "Disabled" : want.once ? "Once" : "Continuous",
    BootSourceOverrideTarget: target,
    ...(modes && want.device !== "none" && { BootSourceOverrideMode: want.uefi ? "UEFI" : "Legacy" }),
  };
}

function overrideOf({ body }: Resource): BootOverride {
  const enabled = textAt(body, "Boot", "BootSourceOverrideEnabled");
  const target =
    enabled === "Disabled" ? "None" : (textAt(body, "Boot", "BootSourceOverrideTarget") ?? "None");
  return {
    device: Object.entries(TARGETS).find(([, name]) => name === target)?.[0] ?? target.toLowerCase(),
    once: enabled !== "Continuous",
    uefi: textAt(body, "Boot", "BootSourceOverrideMode") !== "Legacy",
  };
}
