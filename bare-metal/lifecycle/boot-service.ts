import type { BootServiceClient } from "../boot/client";
import type { Registration } from "../boot/record";
import type { MachineBootService } from "./backend";

/** The boot service as the life of one machine sees it. */
export function bootServiceOf(
  client: BootServiceClient,
  mac: string,
  machine: Registration,
): MachineBootService {
  return {
    record: () => client.get(mac),
    async register() {
      await client.register(mac, machine);
    },
    async expectBoot() {
      await client.expectBoot(mac);
    },
    forget: () => client.remove(mac),
  };
}
