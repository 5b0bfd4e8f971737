import type { ReadAt } from "./read-at";

/** What can be on a disk. */
export type Content =
  | "gpt"
  | "mbr"
  | "ext2"
  | "ext3"
  | "ext4"
  | "ext journal"
  | "xfs"
  | "btrfs"
  | "lvm"
  | "luks1"
  | "luks2"
  | "zfs"
  | "mdraid"
  | "bluestore"
  | "swap"
  | "fat"
  | "exfat"
  | "ntfs"
  | "bcache"
  | "squashfs"
  | "iso9660"
  | "data";

/** Something that stands on a disk. */
export interface Finding {
  readonly content: Content;
  /** Where what shows it begins, in bytes. */
  readonly offset: number;
  /** More of it, such as a version. */
  readonly detail?: string;
}

/** Looks for one kind of content. A pure function of the bytes; a disk that is too small for it has none. */
export type Recogniser = (disk: ReadAt) => Finding[];

export const SECTOR = 512;
export const KIB = 1024;
export const MIB = 1024 * 1024;
