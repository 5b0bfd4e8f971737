import type { BootServiceClient } from "../boot/client";
import type { Registration } from "../boot/record";
import type { BootImage, MachineBootService } from "./backend";

/** The boot service as the life of one machine sees it. */
export function bootServiceOf(
  client: BootServiceClient,
  mac: string,
  machine: Registration,
): MachineBootService {
  return {
    record: () => client.get(mac),
    async register(image) {
      await client.register(mac, { ...machine, image: image.name });
      await mustServe(client, image);
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

/** That the boot service has what is wanted, before a machine is stopped for it. @throws {Error} */
async function mustServe(client: BootServiceClient, { name, root }: BootImage): Promise<void> {
  if (root === undefined) return;
  const { own, named } = await client.images();
  const has = name === undefined ? own : named[name];
  if (has === root) return;
  const set = name === undefined ? "its own image" : `the image set ${name}`;
  throw new Error(
    `the boot service has ${set} with root ${has}, not ${root}; publish the image there, or correct image.root`,
  );
}
