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
    async register({ name }) {
      await client.register(mac, { ...machine, image: name });
    },
    async expectBoot() {
      await client.expectBoot(mac);
    },
    async journal(entry) {
      await client.journal(mac, entry);
    },
    forget: () => client.remove(mac),
  };
}
