import type { BootDevice, BootOverride } from "../../../bare-metal/bmc/driver";
import type { Verb } from "../verb";

/** What a machine can be told to boot from. */
export const BOOT_DEVICES: Readonly<Record<BootDevice, string>> = {
  none: "as its firmware is set up",
  pxe: "from the network",
  disk: "from its disk",
  cdrom: "from CD or virtual media",
  bios: "into the firmware's set-up",
};

const shown = {
  head: ["DEVICE", "FOR", "MODE"],
  rows: ({ device, once, uefi }: BootOverride) => [
    device === "none"
      ? [device, "-", "-"]
      : [device, once ? "next boot" : "every boot", uefi ? "UEFI" : "legacy"],
  ],
};

export const bootStatus: Verb<BootOverride> = {
  name: "boot status",
  privilege: "operator",
  ...shown,
  driver: (bmc) => bmc.bootOverride(),
};

/** Sets it and reads it back. */
export function boot(device: BootDevice, mode: { once: boolean; uefi: boolean }): Verb<BootOverride> {
  return {
    name: `boot ${device}`,
    privilege: "operator",
    ...shown,
    driver: (bmc) => bmc.setBootOverride({ device, ...mode }),
  };
}
