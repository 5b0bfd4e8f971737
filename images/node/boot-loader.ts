import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../base/run";
import { BOOT_DIR } from "../../bare-metal/install/boot-loader";

/** Folders of Debian's packages grub-pc-bin and grub-efi-amd64-bin. */
const BIOS = "/usr/lib/grub/i386-pc";
const EFI = "/usr/lib/grub/x86_64-efi";
/** What grub.cfg of bare-metal/install/boot-loader.ts uses. */
const MODULES = [
  "part_gpt",
  "fat",
  "normal",
  "configfile",
  "linux",
  "loadenv",
  "test",
  "echo",
  "sleep",
  "serial",
];

/** Version of GRUB that {@link buildBootLoader} takes. */
export function bootLoaderVersion(): string {
  const status = readFileSync("/var/lib/dpkg/status", "utf8");
  return /^Package: grub-common\n(?:.+\n)*?Version: (.+)$/m.exec(status)?.[1] ?? "none";
}

/**
 * Makes GRUB for a node's disk, by grub-mkimage(1): boot.img and core.img for a BIOS, BOOTX64.EFI for UEFI. Each finds
 * its configuration on the disk that it was started from, whatever other disks there are.
 */
export async function buildBootLoader(dir: string): Promise<void> {
  mkdirSync(dir, { recursive: true });
  copyFileSync(join(BIOS, "boot.img"), join(dir, "boot.img"));
  // The ESP is the second partition (bare-metal/install/layout.ts).
  const core = [...["-O", "i386-pc", "-d", BIOS, "-p", `(,gpt2)/${BOOT_DIR}`], "biosdisk", ...MODULES];
  await run(["grub-mkimage", "-o", join(dir, "core.img"), ...core]);
  const efi = ["-O", "x86_64-efi", "-d", EFI, "-p", `/${BOOT_DIR}`, ...MODULES];
  await run(["grub-mkimage", "-o", join(dir, "BOOTX64.EFI"), ...efi]);
}
