import { type Layout, SLOTS, type Slot } from "./layout";

/** Folder on the ESP. */
export const BOOT_DIR = "lectern";

/** What GRUB does at every start: the slot to try, once; else the one that came up last; else it stands still. */
export function renderGrubConfig(): string {
  return `serial --unit=0 --speed=115200
terminal_output console serial
load_env good try
if [ -n "$try" ]; then
  set slot="$try"
  set try=
  save_env try
  set trial="lectern.trial=1 panic=30"
else
  set slot="$good"
  set trial=
fi
for one in ${SLOTS.join(" ")}; do
  if [ "$slot" = "$one" ]; then
    echo "lectern: starting slot $slot from disk"
    source $prefix/slot-$slot.cfg
    boot
  fi
done
echo "lectern: no image on this disk came up; boot this machine over the network to install one"
while [ 1 = 1 ]; do sleep 3600; done
`;
}

/** Word of the kernel's command line: nothing that GRUB's script or the kernel would read as more than one. */
const WORD = /^[A-Za-z0-9_.,:;=/+@%-]+$/;

/**
 * How GRUB starts one slot.
 * @throws {Error} for a word that GRUB would read otherwise
 */
export function renderSlotConfig(slot: Slot, words: readonly string[]): string {
  for (const word of words) {
    if (!WORD.test(word)) throw new Error(`kernel argument ${JSON.stringify(word)}: not one plain word`);
  }
  return [
    // What a trial adds: a kernel that falls over starts the machine anew, and so the slot that came up last.
    `linux $prefix/kernel-${slot} ${words.join(" ")} $trial`,
    `initrd $prefix/initrd-${slot}`,
    "",
  ].join("\n");
}

/** What a slot's kernel is told: which image it is, by its partition and its digest, and what to keep. */
export function slotArguments(
  slot: Slot,
  layout: Layout,
  root: { readonly sha256: string; readonly bytes: number },
): string[] {
  return [
    `lectern.slot=${slot}`,
    `lectern.root=${layout[`root-${slot}`].uuid}`,
    `lectern.data=${layout.data.uuid}`,
    `lectern.esp=${layout.esp.uuid}`,
    `lectern.image_sha256=${root.sha256}`,
    `lectern.image_bytes=${root.bytes}`,
  ];
}

const SECTOR = 512;
/** Where boot.img keeps the sector of the next stage (GRUB, include/grub/i386/pc/boot.h, GRUB_BOOT_MACHINE_KERNEL_SECTOR). */
const KERNEL_SECTOR = 0x5c;
/** Two NOPs here turn on its help for a BIOS that names no drive (the same, …_DRIVE_CHECK). */
const DRIVE_CHECK = 0x66;
/** End of the code; the disk's signature and the partitions of the protective record follow. */
const CODE_END = 440;
/** In the first sector of core.img, the list of the sectors after it: start, count, segment (…_KERNEL_SEG). */
const BLOCK_LIST = SECTOR - 12;
const FIRST_SEGMENT = 0x820;

/**
 * GRUB for a BIOS, made ready for a place on the disk: code for sector 0, and the core for the BIOS boot partition
 * (as grub-bios-setup(8) does it).
 * @param start Of the BIOS boot partition, in bytes.
 * @throws {Error} if the core does not fit
 */
export function biosBootCode(
  bootImage: Buffer,
  coreImage: Buffer,
  place: { readonly start: number; readonly size: number },
): { readonly code: Buffer; readonly core: Buffer } {
  if (coreImage.length > place.size)
    throw new Error("GRUB's core image is larger than the BIOS boot partition");
  const code = Buffer.from(bootImage.subarray(0, CODE_END));
  code.writeBigUInt64LE(BigInt(place.start / SECTOR), KERNEL_SECTOR);
  code.fill(0x90, DRIVE_CHECK, DRIVE_CHECK + 2);
  const core = Buffer.from(coreImage);
  core.writeBigUInt64LE(BigInt(place.start / SECTOR + 1), BLOCK_LIST);
  core.writeUInt16LE(Math.ceil(core.length / SECTOR) - 1, BLOCK_LIST + 8);
  core.writeUInt16LE(FIRST_SEGMENT, BLOCK_LIST + 10);
  return { code, core };
}
