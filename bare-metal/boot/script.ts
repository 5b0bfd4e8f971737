import type { ImageSet } from "./images";

/** The boot service over TLS, and the pin of its key (tls.ts). */
export interface SecureService {
  readonly url: string;
  readonly pin: string;
}

interface Place {
  /** Of the boot service, without a path. */
  readonly url: string;
  readonly secure?: SecureService | undefined;
  readonly images: ImageSet;
  /** Size of a file by its digest. */
  readonly bytes?: ((sha256: string) => number | undefined) | undefined;
}

export interface BootScript extends Place {
  readonly machine: { readonly mac: string; readonly name: string; readonly role: string };
  /** Whether it is installed to its disk, and starts anew from there. */
  readonly installs?: boolean | undefined;
  /** One-time token of this boot. Whoever reads the provisioning network reads it; it serves for one claim. */
  readonly token: string;
}

/**
 * The iPXE script of a boot that is expected: images by digest, and where and with which token the machine reports.
 * The machine checks what it fetches against the digests; see https://ipxe.org/cmd for the commands.
 */
export function renderBootScript({ machine, token, installs, ...place }: BootScript): string {
  return render(`${machine.name} (${machine.role}), ${machine.mac}`, place, machine.mac, [
    `lectern.node=${machine.name}`,
    `lectern.report=${place.url}/v1/machines/${machine.mac}/report`,
    `lectern.token=${token}`,
    ...(installs ? ["lectern.install=1"] : []),
  ]);
}

/** The script of a machine that nobody registered: it boots the same image, only tells what it is, and waits. */
export function renderDiscovery({ mac, ...place }: Place & { readonly mac: string }): string {
  return render(`${mac}: not registered, it will report its hardware`, place, mac, ["lectern.discover=1"]);
}

function render(title: string, place: Place, mac: string, own: readonly string[]): string {
  const { url, secure, images, bytes } = place;
  const size = bytes?.(images.root);
  const commandLine = [
    "initrd=initrd",
    ...images.arguments,
    // The interface that booted, as PXELINUX's IPAPPEND 2 names it.
    `BOOTIF=01-${mac.replaceAll(":", "-")}`,
    `lectern.image=${url}/images/${images.root}`,
    `lectern.image_sha256=${images.root}`,
    ...(size === undefined ? [] : [`lectern.image_bytes=${size}`]),
    ...(secure ? [`lectern.service=${secure.url}`, `lectern.pin=${secure.pin}`] : []),
    `lectern.mac=${mac}`,
    ...own,
  ];
  return [
    "#!ipxe",
    `# ${title}`,
    `kernel --name kernel ${url}/images/${images.kernel} ${commandLine.join(" ")}`,
    `initrd --name initrd ${url}/images/${images.initrd}`,
    "boot",
    "",
  ].join("\n");
}

/** The script where no boot over the network is expected, or its installation is done: iPXE gives way to the next boot device, the machine's own disk. */
export function renderNoBoot(machine: { readonly mac: string; readonly name: string }): string {
  return [
    "#!ipxe",
    `# ${machine.name}, ${machine.mac}: no boot over the network is expected`,
    "exit 1",
    "",
  ].join("\n");
}
