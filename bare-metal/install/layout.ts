import { type Fault, FaultCollector } from "../../base/faults";
import { type Bytes, formatSize } from "../../base/units";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
/** Of sfdisk's tables: what every disk can address. */
const SECTOR = 512;

/** The two places of a root file system: one in use, one to write the next image to. */
export const SLOTS = ["a", "b"] as const;
export type Slot = (typeof SLOTS)[number];

/** Partitions of a node's disk, in their order; `data` takes what is left and outlives every image. */
export const PARTITION_NAMES = ["bios", "esp", "root-a", "root-b", "data"] as const;
export type PartitionName = (typeof PARTITION_NAMES)[number];

const SIZES: Readonly<Record<Exclude<PartitionName, "data">, Bytes>> = {
  // GRUB's core image lies here where firmware is a BIOS (GRUB manual, BIOS installation).
  bios: MIB,
  esp: 512 * MIB,
  "root-a": 4 * GIB,
  "root-b": 4 * GIB,
};
const LEAST_DATA = 4 * GIB;
/** For the tables at head and tail. */
const MARGIN = MIB;

/** Types of partitions (UEFI 2.10, 5.3.3; Discoverable Partitions Specification; GRUB manual). */
const TYPES: Readonly<Record<PartitionName, string>> = {
  bios: "21686148-6449-6E6F-744E-656564454649",
  esp: "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
  "root-a": "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
  "root-b": "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
  data: "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
};

export interface Partition {
  readonly name: PartitionName;
  /** From 1. */
  readonly number: number;
  /** In bytes, multiples of 1 MiB. */
  readonly start: number;
  readonly size: Bytes;
  readonly uuid: string;
}
export type Layout = Readonly<Record<PartitionName, Partition>>;

/** Least size of a disk that a node is installed to. */
export const LEAST_DISK: Bytes = 2 * MARGIN + Object.values(SIZES).reduce((a, b) => a + b) + LEAST_DATA;

/**
 * The partitions of a disk.
 * @param guid Of the whole table; those of the partitions follow from it.
 * @throws {RangeError} for a disk below {@link LEAST_DISK}
 */
export function planLayout(size: Bytes, guid: string): Layout {
  if (size < LEAST_DISK)
    throw new RangeError(`too small: ${formatSize(size)}, at least ${formatSize(LEAST_DISK)} are needed`);
  let start = MARGIN;
  const all = PARTITION_NAMES.map((name, i) => {
    const rest = Math.floor((size - MARGIN - start) / MIB) * MIB;
    const partition = {
      name,
      number: i + 1,
      start,
      size: name === "data" ? rest : SIZES[name],
      uuid: partitionUuid(guid, i + 1),
    };
    start += partition.size;
    return [name, partition] as const;
  });
  return Object.fromEntries(all) as unknown as Layout;
}

/** The GUID of a partition: that of its disk with the number added to the last byte. */
function partitionUuid(guid: string, number: number): string {
  const last = (Number.parseInt(guid.slice(-2), 16) + number) % 256;
  return `${guid.slice(0, -2)}${last.toString(16).padStart(2, "0")}`.toLowerCase();
}

/** The table as sfdisk(8) reads it. */
export function renderTable(guid: string, layout: Layout): string {
  const lines = PARTITION_NAMES.map((name) => {
    const { start, size, uuid } = layout[name];
    const place = `start=${start / SECTOR}, size=${size / SECTOR}`;
    return `${place}, type=${TYPES[name]}, uuid=${uuid}, name="lectern-${name}"`;
  });
  return ["label: gpt", `label-id: ${guid}`, "unit: sectors", "", ...lines, ""].join("\n");
}

/** What an image needs against what a slot has. */
export function imageFaults(images: {
  readonly kernel: { readonly bytes: Bytes };
  readonly initrd: { readonly bytes: Bytes };
  readonly root: { readonly bytes: Bytes };
}): Fault[] {
  const faults = new FaultCollector();
  const slot = SIZES["root-a"];
  if (images.root.bytes > slot)
    faults.add(
      "images.root.bytes",
      images.root.bytes,
      `no space: a slot holds ${formatSize(slot)}`,
      "build a smaller image",
    );
  const boot = images.kernel.bytes + images.initrd.bytes;
  // Two slots of them, and GRUB.
  const half = SIZES.esp / 2 - 16 * MIB;
  if (boot > half)
    faults.add(
      "images.initrd.bytes",
      boot,
      `no space: kernel and initrd of a slot may have ${formatSize(half)}`,
      "build a smaller initrd",
    );
  return [...faults.faults];
}
