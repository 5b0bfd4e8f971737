import { hasAt, type ReadAt } from "./read-at";
import { type Finding, type Recogniser, SECTOR } from "./signature";

/** Logical block sizes of disks. */
const BLOCK_SIZES = [512, 4096] as const;

/** The one entry of a protective record: all of the disk belongs to a GUID partition table (UEFI 2.10, 5.2.3). */
export const PROTECTIVE = "type 0xee";

/** GUID partition table, primary in block 1 and backup in the last block (UEFI 2.10, 5.3). */
export const gpt: Recogniser = (disk) =>
  BLOCK_SIZES.flatMap((block) => [
    { offset: block, detail: "primary" },
    { offset: disk.size - block, detail: "backup" },
  ]).flatMap(({ offset, detail }): Finding[] =>
    hasAt(disk, offset, "EFI PART") ? [{ content: "gpt", offset, detail }] : [],
  );

/** GUID of a disk in a header's 16 bytes, of which three groups have the lowest byte first (UEFI 2.10, 5.3.2). */
const GUID_AT = 56;

/** GUIDs of the partition tables that a disk shows, primary and backup; they differ if two programs wrote it. */
export function tableGuids(disk: ReadAt): string[] {
  const guids = gpt(disk).map(({ offset }) => {
    const b = Buffer.from(disk.read(offset + GUID_AT, 16));
    const groups = [
      b.subarray(0, 4).reverse(),
      b.subarray(4, 6).reverse(),
      b.subarray(6, 8).reverse(),
      b.subarray(8, 10),
      b.subarray(10),
    ];
    return groups.map((group) => group.toString("hex")).join("-");
  });
  return [...new Set(guids)];
}

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
