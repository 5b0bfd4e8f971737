import type { BmcDriver } from "../bmc/driver";
import type { InventoryBmc } from "../inventory/inventory";
import { redfishDriver } from "../redfish";
import type { MachineBackend } from "./backend";
import { ipmiBackend } from "./ipmi";

/** Where a machine's BMC is, what it speaks, and who speaks to it. */
export type BmcAccess = InventoryBmc & { readonly password: string };

/** The backend of a machine, over what its BMC speaks. Opens one session at the first call; `close` ends it. */
export function machineBackend(machine: string, bmc: BmcAccess, signal: AbortSignal): MachineBackend {
  if (bmc.protocol !== "redfish") return ipmiBackend(machine, bmc, signal);
  const { address: host, port, user, password, certificate, system } = bmc;
  const options = {
    ...(certificate !== undefined && { certificate }),
    ...(system !== undefined && { system }),
  };
  return driverBackend(machine, redfishDriver({ host, port, user, password, signal, ...options }));
}

function driverBackend(machine: string, driver: BmcDriver): MachineBackend {
  return {
    machine,
    bmc: driver.label,
    async identity() {
      const { systemGuid, firmware } = await driver.identity();
      return { systemGuid, firmware };
    },
    powerStatus: () => driver.powerStatus(),
    power: (action) => driver.power(action),
    async setBootDevice(device) {
      await driver.setBootOverride({ device, once: true, uefi: true });
    },
    close: () => driver.close(),
  };
}
