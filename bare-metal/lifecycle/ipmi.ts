import type { z } from "zod";
import type { ipmiBmcSchema } from "../inventory/inventory";
import { Ipmi } from "../ipmi";
import type { MachineBackend } from "./backend";

/** Where a BMC that speaks IPMI is and who speaks to it. */
export type IpmiAccess = z.output<typeof ipmiBmcSchema> & { readonly password: string };

/** The backend of a machine with an IPMI 2.0 BMC. Opens one session at the first call; `close` ends it. */
export function ipmiBackend(machine: string, bmc: IpmiAccess, signal: AbortSignal): MachineBackend {
  const { address, port, user, password, cipherSuite } = bmc;
  const ipmi = new Ipmi(address, user, password, { port, cipherSuite, signal });
  return {
    machine,
    bmc: `${address}:${port}`,
    async identity() {
      const { firmware } = await ipmi.deviceId();
      return { systemGuid: await ipmi.systemGuid(), firmware };
    },
    powerStatus: async () => (await ipmi.chassisStatus()).power,
    power: (action) => ipmi.power(action),
    async setBootDevice(device) {
      await ipmi.setBootDevice(device, { once: true });
    },
    close: () => ipmi.close(),
  };
}
