import { closeSync, constants, openSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../base/run";
import { describeFindings, type FoundDisk, isStableName, openDisk, recognise, tableGuids } from "../disks";
import type { FoundDiskReport } from "./order";

/** A disk of this machine, under one of its stable names. */
export interface DeviceDisk extends FoundDisk {
  /** Its device, such as `/dev/nvme0n1`. */
  readonly device: string;
}

const BY_ID = "/dev/disk/by-id";

interface BlockDevice {
  readonly path: string;
  readonly size: number;
  readonly serial: string | null;
  readonly wwn: string | null;
}

/** All disks of this machine, once for each of their stable names, with what is on them. As root. */
export async function inspectDisks(): Promise<DeviceDisk[]> {
  const { stdout } = await run([
    ...(["lsblk", "--json", "--bytes", "--nodeps", "--output", "PATH,SIZE,SERIAL,WWN,TYPE"] as const),
  ]);
  const { blockdevices } = JSON.parse(stdout) as { blockdevices: (BlockDevice & { type: string })[] };
  const names = stableNames();
  return blockdevices
    .filter(({ type, size }) => type === "disk" && size > 0)
    .flatMap((device) => inspectDisk(device, names.get(device.path) ?? []));
}

/** One disk, looked at once, under each of its names. */
export function inspectDisk(
  { path, size, serial, wwn }: BlockDevice,
  names: readonly string[],
): DeviceDisk[] {
  if (names.length === 0) return [];
  const disk = openDisk(path, size);
  try {
    const found = {
      device: path,
      size,
      ...(serial !== null && serial.trim() !== "" && { serial: serial.trim() }),
      ...(wwn !== null && { wwn }),
      findings: recognise(disk),
      tables: tableGuids(disk),
      inUse: isInUse(path),
    };
    return names.map((byId) => ({ byId, ...found }));
  } finally {
    disk.close();
  }
}

/** What is told of a disk to others. */
export function reportOf({ byId, size, serial, wwn, findings, inUse }: FoundDisk): FoundDiskReport {
  return {
    byId,
    size,
    ...(serial !== undefined && { serial }),
    ...(wwn !== undefined && { wwn }),
    holds: describeFindings(findings).slice(0, 200),
    inUse,
  };
}

/** Names under /dev/disk/by-id that stay with their disk, by device. */
function stableNames(): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const name of listed(BY_ID).filter((n) => isStableName(n) && !/-part\d+$/.test(n))) {
    const device = realpathSync(join(BY_ID, name));
    names.set(device, [...(names.get(device) ?? []), name]);
  }
  return names;
}

function listed(dir: string): string[] {
  try {
    return readdirSync(dir).sort();
  } catch {
    return [];
  }
}

/** The kernel gives a block device for oneself alone only while nothing has it, or a part of it, open so (open(2)). */
function isInUse(device: string): boolean {
  try {
    closeSync(openSync(device, constants.O_RDONLY | constants.O_EXCL));
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EBUSY") return true;
    throw error;
  }
}
