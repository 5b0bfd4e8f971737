import { type Fault, FaultCollector } from "../../base/faults";
import { type Bytes, formatSize } from "../../base/units";
import { PROTECTIVE } from "./partition-tables";
import type { Finding } from "./signature";

/** What tells one disk from all others. */
export interface DiskIdentity {
  /** Name under /dev/disk/by-id, such as `nvme-SAMSUNG_MZQL23T8HCLS_S64HNE0R500123`. */
  readonly byId: string;
  readonly size: Bytes;
  readonly serial?: string | undefined;
  /** World Wide Name, such as `0x5002538e40b3b1c2`. */
  readonly wwn?: string | undefined;
}

/** A disk as it was found in a machine. */
export interface FoundDisk extends DiskIdentity {
  readonly findings: readonly Finding[];
  /** Whether something has it open: a mount, a volume group, a RAID. */
  readonly inUse: boolean;
  /** GUIDs of its partition tables. */
  readonly tables?: readonly string[] | undefined;
}

/** A disk that this site partitioned, by the GUID that it gave its table. */
export interface OwnDisk {
  readonly byId: string;
  readonly guid: string;
}

/**
 * Whether all that a disk shows is the table that this site made there, so that what is on it is its own. Something
 * else beside that table, such as a file system that was made over it, is not.
 */
export function isOwn({ byId, findings, tables = [] }: FoundDisk, own: readonly OwnDisk[]): boolean {
  const onlyTable = findings.every(
    ({ content, detail }) => content === "gpt" || (content === "mbr" && detail === PROTECTIVE),
  );
  return onlyTable && tables.length === 1 && own.some((o) => o.byId === byId && o.guid === tables[0]);
}

/** A disk that a machine's config gives to be written. */
export interface DiskConfig {
  readonly byId: string;
  /** Whether what is on it may be lost. Default: no, so that only an empty disk is written. */
  readonly erase?: boolean | undefined;
  /** Least size. Default: any. */
  readonly atLeast?: Bytes | undefined;
}

/** Names that stay with a disk wherever it is plugged in; `dm-`, `md-` and `lvm-` name what lies on disks. */
const STABLE = /^(ata|nvme|scsi|wwn|virtio|usb|mmc)-[^/\s]+$/;

/** Whether a name under /dev/disk/by-id stays with its disk. */
export function isStableName(byId: string): boolean {
  return STABLE.test(byId);
}

/**
 * Which disks may be written: those that the config names, that are who they were, and that are empty, this site's own
 * or may be erased.
 * @param path Where the config stands, for faults: `machines[3].disks`.
 * @param recorded Identities from the last time; a name that now belongs to another disk is refused.
 * @param own What this site partitioned; default: nothing.
 * @returns the disks to write, and a fault for each that may not be: with any fault, nothing is to be written
 */
export function judgeDisks(
  path: string,
  config: readonly DiskConfig[],
  found: readonly FoundDisk[],
  recorded: readonly DiskIdentity[],
  own: readonly OwnDisk[] = [],
): { readonly write: readonly FoundDisk[]; readonly faults: readonly Fault[] } {
  const faults = new FaultCollector();
  const write = config.flatMap((wanted, i) => {
    const before = faults.faults.length;
    const disk = judge(`${path}[${i}]`, wanted, found, recorded, own, faults);
    if (config.findIndex((other) => other.byId === wanted.byId) !== i)
      faults.add(`${path}[${i}].byId`, wanted.byId, "named twice", "name each disk once");
    return disk && faults.faults.length === before ? [disk] : [];
  });
  return { write, faults: faults.faults };
}

function judge(
  path: string,
  { byId, erase = false, atLeast = 0 }: DiskConfig,
  found: readonly FoundDisk[],
  recorded: readonly DiskIdentity[],
  own: readonly OwnDisk[],
  faults: FaultCollector,
): FoundDisk | undefined {
  if (!isStableName(byId)) {
    faults.add(
      `${path}.byId`,
      byId,
      "not a name that stays with a disk",
      "the disk's name under /dev/disk/by-id, such as nvme-… or wwn-…",
    );
    return undefined;
  }
  const disk = found.find((d) => d.byId === byId);
  if (disk === undefined) {
    const there = found.map((d) => d.byId).join(", ") || "none";
    faults.add(`${path}.byId`, byId, "no such disk in the machine", `one of its disks: ${there}`);
    return undefined;
  }
  const moved = differences(
    disk,
    recorded.find((d) => d.byId === byId),
  );
  if (moved.length > 0) {
    faults.add(
      `${path}.byId`,
      byId,
      `this name was another disk's: ${moved.join(", ")}`,
      "see which disk is meant; if it was replaced on purpose, forget the recorded one",
    );
  }
  if (disk.size < atLeast) {
    faults.add(
      `${path}.byId`,
      byId,
      `too small: ${formatSize(disk.size)}, at least ${formatSize(atLeast)} are needed`,
      "name a larger disk",
    );
  }
  if (disk.inUse) faults.add(`${path}.byId`, byId, "in use", "unmount it and stop what lies on it");
  if (disk.findings.length > 0 && !erase && !isOwn(disk, own)) {
    faults.add(
      `${path}.erase`,
      false,
      `holds ${describeFindings(disk.findings)}`,
      "save what is on it; if it may be lost, write erase: true beside its name",
    );
  }
  return disk;
}

function differences(now: DiskIdentity, before: DiskIdentity | undefined): string[] {
  if (before === undefined) return [];
  const all = (["serial", "wwn", "size"] as const).filter(
    (key) => before[key] !== undefined && before[key] !== now[key],
  );
  return all.map((key) => `${key} ${before[key]} is now ${now[key] ?? "unknown"}`);
}

/** Such as `gpt (primary) at 512, ext4 at 1080`. */
export function describeFindings(findings: readonly Finding[]): string {
  return findings
    .map(
      ({ content, offset, detail }) => `${content}${detail === undefined ? "" : ` (${detail})`} at ${offset}`,
    )
    .join(", ");
}
