import { hasBootSignature } from "./partition-tables";
import { hasAt } from "./read-at";
import { type Finding, KIB, MIB, type Recogniser } from "./signature";

const SUPERBLOCK = 1024;
const HAS_JOURNAL = 0x4;
const JOURNAL_DEVICE = 0x8;
/** Features that ext3 does not know: extents, 64bit, mmp, flex_bg, and from huge_file on. */
const EXT4_INCOMPATIBLE = 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x1000 | 0x2000 | 0x4000 | 0x8000 | 0x10000;
const EXT4_READ_ONLY = 0x8 | 0x10 | 0x20 | 0x40 | 0x100 | 0x200 | 0x400 | 0x1000 | 0x2000;

/** ext2, ext3, ext4 (Linux, Documentation/filesystems/ext4/super.rst). */
export const ext: Recogniser = (disk) => {
  if (!hasAt(disk, SUPERBLOCK + 0x38, Buffer.from([0x53, 0xef]))) return [];
  const features = disk.read(SUPERBLOCK + 0x5c, 12);
  if (features.length < 12) return [];
  const [compatible, incompatible, readOnly] = [0, 4, 8].map((at) => features.readUInt32LE(at)) as [
    number,
    number,
    number,
  ];
  const offset = SUPERBLOCK + 0x38;
  if (incompatible & JOURNAL_DEVICE) return [{ content: "ext journal", offset }];
  const is4 = (incompatible & EXT4_INCOMPATIBLE) !== 0 || (readOnly & EXT4_READ_ONLY) !== 0;
  return [{ content: is4 ? "ext4" : compatible & HAS_JOURNAL ? "ext3" : "ext2", offset }];
};

/** XFS (XFS Algorithms & Data Structures, Superblocks). */
export const xfs: Recogniser = (disk) => found(hasAt(disk, 0, "XFSB"), "xfs", 0);

/** btrfs: a superblock at 64 KiB, and copies of it (btrfs on-disk format, Superblock). */
export const btrfs: Recogniser = (disk) =>
  [64 * KIB, 64 * MIB, 256 * KIB * MIB].flatMap((at) =>
    found(hasAt(disk, at + 0x40, "_BHRfS_M"), "btrfs", at + 0x40),
  );

/** FAT12, FAT16 and FAT32 (Microsoft, FAT: General Overview of On-Disk Format). */
export const fat: Recogniser = (disk) => {
  if (!hasBootSignature(disk)) return [];
  const names: [number, string][] = [
    [54, "FAT12   "],
    [54, "FAT16   "],
    [82, "FAT32   "],
  ];
  return names.flatMap(([at, name]): Finding[] =>
    hasAt(disk, at, name) ? [{ content: "fat", offset: at, detail: name.trim() }] : [],
  );
};

/** exFAT (Microsoft, exFAT file system specification, 3.1). */
export const exfat: Recogniser = (disk) => found(hasAt(disk, 3, "EXFAT   "), "exfat", 3);

/** NTFS: its OEM id in the boot sector. */
export const ntfs: Recogniser = (disk) => found(hasAt(disk, 3, "NTFS    "), "ntfs", 3);

const PAGE_SIZES = [4, 8, 16, 32, 64] as const;
/** Linux swap space, and what a suspended system left in it: at the end of its first page (mkswap(8)). */
export const swap: Recogniser = (disk) =>
  PAGE_SIZES.map((kib) => kib * KIB - 10).flatMap((offset) =>
    ["SWAPSPACE2", "SWAP-SPACE", "S1SUSPEND\0", "S2SUSPEND\0", "ULSUSPEND\0"].flatMap((magic) =>
      found(hasAt(disk, offset, magic), "swap", offset),
    ),
  );

/** squashfs, as a live system lies on a stick. */
export const squashfs: Recogniser = (disk) => found(hasAt(disk, 0, "hsqs"), "squashfs", 0);

/** ISO 9660: the volume descriptor in sector 16 (ECMA-119, 8). */
export const iso9660: Recogniser = (disk) => found(hasAt(disk, 0x8001, "CD001"), "iso9660", 0x8001);

function found(is: boolean, content: Finding["content"], offset: number): Finding[] {
  return is ? [{ content, offset }] : [];
}
