import { hasAt, type ReadAt } from "./read-at";
import { type Finding, type Recogniser, SECTOR } from "./signature";

/** Logical block sizes of disks. */
const BLOCK_SIZES = [512, 4096] as const;

/** GUID partition table, primary in block 1 and backup in the last block (UEFI 2.10, 5.3). */
export const gpt: Recogniser = (disk) =>
  BLOCK_SIZES.flatMap((block) => [
    { offset: block, detail: "primary" },
    { offset: disk.size - block, detail: "backup" },
  ]).flatMap(({ offset, detail }): Finding[] =>
    hasAt(disk, offset, "EFI PART") ? [{ content: "gpt", offset, detail }] : [],
  );

const TABLE = 0x1be;
const SIGNATURE = 0x1fe;

/** Master boot record with at least one partition, protective ones included (UEFI 2.10, 5.2). */
export const mbr: Recogniser = (disk) => {
  if (!hasBootSignature(disk)) return [];
  const sector = disk.read(0, SECTOR);
  const entries = [0, 1, 2, 3].map((i) => sector.subarray(TABLE + 16 * i, TABLE + 16 * (i + 1)));
  // The first byte of each is its status; in a boot sector of a file system there is code.
  if (!entries.every((e) => e[0] === 0 || e[0] === 0x80)) return [];
  const used = entries.filter((e) => e[4] !== 0 && e.readUInt32LE(12) > 0);
  if (used.length === 0) return [];
  const detail = used.map((e) => `type 0x${(e[4] ?? 0).toString(16).padStart(2, "0")}`).join(", ");
  return [{ content: "mbr", offset: SIGNATURE, detail }];
};

/** Whether sector 0 ends as one does that firmware boots. */
export function hasBootSignature(disk: ReadAt): boolean {
  return hasAt(disk, SIGNATURE, Buffer.from([0x55, 0xaa]));
}
