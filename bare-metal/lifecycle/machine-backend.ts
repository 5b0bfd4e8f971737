import type { BmcDriver } from "../bmc/driver";
import type { InventoryBmc } from "../inventory/inventory";
import { IpmiAuthenticationError } from "../ipmi/errors";
import { ipmiDriver } from "../ipmi/driver";
import { redfishDriver } from "../redfish";
import { RedfishAuthenticationError } from "../redfish/errors";
import type { MachineBackend } from "./backend";

/** Where a machine's BMC is, what it speaks, and who speaks to it. */
export type BmcAccess = InventoryBmc & { readonly password: string };

/** The backend of a machine, over what its BMC speaks. Opens one session at the first call; `close` ends it. */
export function machineBackend(machine: string, bmc: BmcAccess, signal: AbortSignal): MachineBackend {
  return driverBackend(machine, driverOf(bmc, signal));
}

function driverOf(bmc: BmcAccess, signal: AbortSignal): BmcDriver {
  const { address: host, port, user, password } = bmc;
  if (bmc.protocol !== "redfish") {
    const { cipherSuite } = bmc;
    return ipmiDriver({ host, port, user, password, cipherSuite, signal });
  }
  const { certificate, system } = bmc;
  const options = {
    ...(certificate !== undefined && { certificate }),
    ...(system !== undefined && { system }),
  };
  return redfishDriver({ host, port, user, password, signal, ...options });
}

/** A password may have been right the last time. */
function explainLogin(error: unknown): never {
  if (!(error instanceof IpmiAuthenticationError || error instanceof RedfishAuthenticationError)) throw error;
  throw new Error(
    `${error.message}; if it was changed at the BMC, write the one that it has into the credentials, or set it back there`,
    { cause: error },
  );
}

function driverBackend(machine: string, driver: BmcDriver): MachineBackend {
  return {
    machine,
    bmc: driver.label,
    async identity() {
      const { systemGuid, firmware } = await driver.identity().catch(explainLogin);
      return { systemGuid, firmware };
    },
    powerStatus: () => driver.powerStatus().catch(explainLogin),
    power: (action) => driver.power(action),
    async setBootDevice(device) {
      await driver.setBootOverride({ device, once: true, uefi: true });
    },
    close: () => driver.close(),
  };
}
