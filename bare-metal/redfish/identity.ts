import type { BmcIdentity } from "../bmc/driver";
import { RedfishMalformedReplyError } from "./errors";
import { textAt } from "./json";
import { managerOf, type Machine } from "./system";

/**
 * Who the machine is. The system GUID is the digits of the system's UUID as it is written: no byte is moved, as none is
 * when IPMI reads it (bare-metal/bmc/system-guid.ts compares the two).
 */
export async function readIdentity(machine: Machine): Promise<BmcIdentity> {
  const { redfish } = machine;
  const system = await machine.system();
  const manager = await managerOf(redfish, system);
  const systemGuid = textAt(system.body, "UUID")?.replaceAll("-", "").toLowerCase() ?? "";
  const firmware = textAt(manager?.body, "FirmwareVersion");
  const command = `GET ${system.path}`;
  if (!/^[0-9a-f]{32}$/.test(systemGuid)) {
    throw new RedfishMalformedReplyError(redfish.label, command, "the system has no UUID");
  }
  const manufacturer = textAt(system.body, "Manufacturer");
  const model = textAt(system.body, "Model");
  return {
    systemGuid,
    firmware: firmware ?? "unknown",
    ...(manufacturer && { manufacturer }),
    ...(model && { model }),
  };
}
