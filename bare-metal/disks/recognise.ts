import { btrfs, exfat, ext, fat, iso9660, ntfs, squashfs, swap, xfs } from "./file-systems";
import { gpt, mbr } from "./partition-tables";
import type { ReadAt } from "./read-at";
import { type Finding, KIB, MIB, type Recogniser } from "./signature";
import { bcache, bluestore, luks, lvm, mdraid, zfs } from "./volumes";

const RECOGNISERS: readonly Recogniser[] = [
  gpt,
  mbr,
  ext,
  xfs,
  btrfs,
  lvm,
  luks,
  zfs,
  mdraid,
  bluestore,
  swap,
  fat,
  exfat,
  ntfs,
  bcache,
  squashfs,
  iso9660,
];

/** Up to this size all of a disk is read. */
const WHOLE = 4 * 1024 * MIB;
/** Of a larger one: so much of head and tail, and so many blocks in between. */
const ENDS = 64 * MIB;
const SAMPLES = 4096;
const SAMPLE = 4 * KIB;
const STEP = 1 * MIB;

/**
 * What is on a disk, in the order in which it lies there; empty: nothing but zeros was seen. Data of no known form
 * counts: a disk of up to 4 GiB is read whole, of a larger one 64 MiB at either end and 4,096 blocks of 4 KiB between
 * them, so what lies elsewhere, and nowhere else, is not seen.
 */
export function recognise(disk: ReadAt): Finding[] {
  const known = RECOGNISERS.flatMap((recogniser) => recogniser(disk));
  const findings = known.length > 0 ? known : unknownData(disk);
  return [...findings].sort((a, b) => a.offset - b.offset);
}

function unknownData(disk: ReadAt): Finding[] {
  const offset = firstNonZero(disk);
  return offset === undefined ? [] : [{ content: "data", offset, detail: "of no known form" }];
}

function firstNonZero(disk: ReadAt): number | undefined {
  if (disk.size <= WHOLE) return nonZeroIn(disk, 0, disk.size);
  const between = disk.size - 2 * ENDS;
  const head = nonZeroIn(disk, 0, ENDS) ?? nonZeroIn(disk, disk.size - ENDS, disk.size);
  if (head !== undefined) return head;
  for (let i = 0; i < SAMPLES; i++) {
    const at = ENDS + Math.floor((between / SAMPLES) * i);
    const found = nonZeroIn(disk, at - (at % SAMPLE), at - (at % SAMPLE) + SAMPLE);
    if (found !== undefined) return found;
  }
  return undefined;
}

const ZEROS = Buffer.alloc(STEP);

function nonZeroIn(disk: ReadAt, from: number, to: number): number | undefined {
  for (let at = from; at < to; at += STEP) {
    const block = disk.read(at, Math.min(STEP, to - at));
    if (!block.equals(ZEROS.subarray(0, block.length))) return at + block.findIndex((byte) => byte !== 0);
  }
  return undefined;
}
