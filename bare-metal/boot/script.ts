import type { ImageSet } from "./images";

export interface BootScript {
  /** Of the boot service, without a path. */
  readonly url: string;
  readonly machine: { readonly mac: string; readonly name: string; readonly role: string };
  readonly images: ImageSet;
  /** One-time token of this boot. A secret: it is written into the script. */
  readonly token: string;
}

/**
 * The iPXE script of a boot that is expected: images by digest, and where and with which token the machine reports.
 * The machine checks what it fetches against the digests; see https://ipxe.org/cmd for the commands.
 */
export function renderBootScript({ url, machine, images, token }: BootScript): string {
  const commandLine = [
    "initrd=initrd",
    ...images.arguments,
    `lectern.node=${machine.name}`,
    `lectern.image=${url}/images/${images.root}`,
    `lectern.image_sha256=${images.root}`,
    `lectern.report=${url}/v1/machines/${machine.mac}/report`,
    `lectern.token=${token}`,
  ];
  return [
    "#!ipxe",
    `# ${machine.name} (${machine.role}), ${machine.mac}`,
    `kernel --name kernel ${url}/images/${images.kernel} ${commandLine.join(" ")}`,
    `initrd --name initrd ${url}/images/${images.initrd}`,
    "boot",
    "",
  ].join("\n");
}

/** The script where no boot is expected: iPXE gives way to the next boot device, the machine's own disk. */
export function renderNoBoot(machine: { readonly mac: string; readonly name: string }): string {
  return [
    "#!ipxe",
    `# ${machine.name}, ${machine.mac}: no boot over the network is expected`,
    "exit 1",
    "",
  ].join("\n");
}
