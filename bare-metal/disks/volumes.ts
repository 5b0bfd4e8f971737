import { hasAt, type ReadAt } from "./read-at";
import { type Finding, KIB, type Recogniser, SECTOR } from "./signature";

/** LVM physical volume: a label in one of the first four sectors (lvm2, lib/format_text/layout.h). */
export const lvm: Recogniser = (disk) =>
  [0, 1, 2, 3].flatMap((sector): Finding[] => {
    const offset = sector * SECTOR;
    return hasAt(disk, offset, "LABELONE") && hasAt(disk, offset + 24, "LVM2 001")
      ? [{ content: "lvm", offset }]
      : [];
  });

const LUKS = Buffer.from("LUKS\xba\xbe", "latin1");
/** The second header of LUKS2, by the size of the first. */
const SKUL = Buffer.from("SKUL\xba\xbe", "latin1");
const SECOND_HEADERS = [0x4000, 0x8000, 0x10000, 0x20000, 0x40000, 0x80000, 0x100000, 0x200000, 0x400000];

/** LUKS1 and LUKS2 (LUKS2 On-Disk Format Specification, 2.1). */
export const luks: Recogniser = (disk) => {
  const version = hasAt(disk, 0, LUKS) ? disk.read(6, 2) : undefined;
  const first: Finding[] =
    version?.length === 2 ? [{ content: version.readUInt16BE() === 1 ? "luks1" : "luks2", offset: 0 }] : [];
  const second = SECOND_HEADERS.filter((offset) => hasAt(disk, offset, SKUL));
  return [
    ...first,
    ...second.map((offset): Finding => ({ content: "luks2", offset, detail: "second header" })),
  ];
};

const LABEL = 256 * KIB;
const UBERBLOCKS = 128 * KIB;
/** In either byte order (OpenZFS, include/sys/uberblock_impl.h, UBERBLOCK_MAGIC). */
const UBERBLOCK = [Buffer.from("0cb1ba0000000000", "hex"), Buffer.from("0000000000bab10c", "hex")];
/** At the end of a label's name-value list (include/sys/zio.h, ZEC_MAGIC). */
const EMBEDDED_CHECKSUM = [Buffer.from("117a0cb17ada1002", "hex"), Buffer.from("0210da7ab10c7a11", "hex")];

/** ZFS: four labels of 256 KiB, two at the head and two at the tail (ZFS On-Disk Specification, 1.2). */
export const zfs: Recogniser = (disk) => {
  const tail = Math.floor(disk.size / LABEL) * LABEL;
  return [...new Set([0, LABEL, tail - 2 * LABEL, tail - LABEL])]
    .filter((offset) => offset >= 0)
    .flatMap((offset): Finding[] => (isZfsLabel(disk, offset) ? [{ content: "zfs", offset }] : []));
};

function isZfsLabel(disk: ReadAt, offset: number): boolean {
  if (EMBEDDED_CHECKSUM.some((magic) => hasAt(disk, offset + 128 * KIB - 40, magic))) return true;
  const ring = disk.read(offset + UBERBLOCKS, LABEL - UBERBLOCKS);
  for (let at = 0; at + 8 <= ring.length; at += KIB) {
    if (UBERBLOCK.some((magic) => ring.subarray(at, at + 8).equals(magic))) return true;
  }
  return false;
}

const MD = [Buffer.from("fc4e2ba9", "hex"), Buffer.from("a92b4efc", "hex")];

/** Linux software RAID, by where its superblock lies: 0.90, 1.0, 1.1, 1.2 (Linux RAID wiki, RAID superblock formats). */
export const mdraid: Recogniser = (disk) => {
  const reserved = 64 * KIB;
  const places: [number, string][] = [
    [Math.floor(disk.size / reserved) * reserved - reserved, "0.90"],
    [(Math.floor(disk.size / SECTOR) - 16 - ((Math.floor(disk.size / SECTOR) - 16) % 8)) * SECTOR, "1.0"],
    [0, "1.1"],
    [4 * KIB, "1.2"],
  ];
  return places.flatMap(([offset, version]): Finding[] => {
    if (!MD.some((magic) => hasAt(disk, offset, magic))) return [];
    return [{ content: "mdraid", offset, detail: version }];
  });
};

/** Ceph OSD with BlueStore (ceph, src/os/bluestore/bluestore_types.h, the label of a block device). */
export const bluestore: Recogniser = (disk) =>
  hasAt(disk, 0, "bluestore block device") ? [{ content: "bluestore", offset: 0 }] : [];

/** bcache: its superblock in sector 8 (Linux, include/uapi/linux/bcache.h). */
export const bcache: Recogniser = (disk) => {
  const magic = Buffer.from("c68573f64e1a45ca8265f57f48ba6d81", "hex");
  return hasAt(disk, 4096 + 24, magic) ? [{ content: "bcache", offset: 4096 + 24 }] : [];
};
