import { createPublicKey, verify } from "node:crypto";
import { FaultCollector } from "../../base/faults";
import {
  type DiskConfig,
  type DiskIdentity,
  type FoundDisk,
  isOwn,
  judgeDisks,
  type OwnDisk,
} from "../disks";
import { type DiskState, foreignDisk, nextSlot, planInstall, type Step } from "./decide";
import { Device } from "./device";
import { type DeviceDisk, reportOf } from "./inspect";
import { imageFaults, LEAST_DISK, type Slot } from "./layout";
import type { FoundDiskReport, InstallOrder } from "./order";
import { type Fetch, Target } from "./target";

/** What a machine tells the boot service before it goes on; a report that is not taken ends the installation. */
export type InstallReport =
  | { readonly state: "booting"; readonly disks: readonly FoundDiskReport[] }
  | {
      readonly state: "wiping" | "installing";
      readonly disk: { readonly byId: string; readonly guid: string };
    }
  | {
      readonly state: "booting";
      readonly installed: { readonly byId: string; readonly slot: Slot; readonly root: string };
    };

export interface InstallOptions {
  readonly order: InstallOrder;
  /** Every disk of the machine. */
  readonly disks: readonly DeviceDisk[];
  readonly fetch: Fetch;
  /** Resolves once the boot service has it on its disk. */
  readonly tell: (report: InstallReport) => Promise<void>;
  readonly loader: string;
  readonly note: (text: string) => void;
}

/** Which disk is written, and whether it is this site's already. Nothing is touched. @throws {FaultsError} with every fault */
export function verdict<D extends FoundDisk>(
  order: {
    readonly disk: DiskConfig;
    readonly recorded: readonly DiskIdentity[];
    readonly own: readonly OwnDisk[];
    readonly images: InstallOrder["images"];
  },
  disks: readonly D[],
): { readonly disk: D; readonly own: boolean } {
  const faults = new FaultCollector();
  const judged = judgeDisks(
    "disks",
    [{ ...order.disk, atLeast: LEAST_DISK }],
    disks,
    order.recorded,
    order.own,
  );
  faults.addAll(judged.faults);
  faults.addAll(imageFaults(order.images));
  faults.throwIfAny("the disk to install to");
  const disk = disks.find(({ byId }) => byId === judged.write[0]?.byId) as D;
  return { disk, own: isOwn(disk, order.own) };
}

/**
 * Installs a node's image to the disk that its config names: judged first, told to the boot service before the first
 * byte is written, read back, and started once. Run again after it was cut off at any point, it goes on.
 * @returns the slot that starts next
 * @throws {FaultsError} before anything is written, if the disk may not be
 */
export async function install(
  options: InstallOptions,
): Promise<{ readonly slot: Slot; readonly steps: readonly Step[] }> {
  const { order, disks, tell, note } = options;
  await tell({ state: "booting", disks: disks.map(reportOf) });
  checkSignature(order);
  const { disk, own } = verdict(order, disks);
  const { byId } = disk;
  const guid = own ? (disk.tables?.[0] as string) : order.guid;
  const device = await Device.open(disk.device, disk.size);
  try {
    const target = new Target({ ...options, device, guid });
    const state = own ? await target.look() : foreignDisk(disk.findings.length > 0);
    checkData(byId, state);
    const root = order.images.root.sha256;
    const steps = planInstall(root, state);
    const wipes = steps.filter((step) => step.do === "wipe");
    const writes = steps.filter((step) => step.do !== "wipe");
    for (const [stage, part] of [
      ["wiping", wipes],
      ["installing", writes],
    ] as const) {
      if (part.length > 0) await tell({ state: stage, disk: { byId, guid } });
      for (const step of part) await target.perform(step);
    }
    const slot = nextSlot(
      steps.reduce((choice, s) => (s.do === "choose" ? s.choice : choice), state.choice),
    ) as Slot;
    note(`${byId}: slot ${slot} starts next`);
    await tell({ state: "booting", installed: { byId, slot, root } });
    return { slot, steps };
  } finally {
    await device.close();
  }
}

/**
 * The data partition is made before the boot loader: where that is whole and the file system is not there, somebody or
 * something changed it after the installation, and it is not made anew over what may be left.
 * @throws {FaultsError}
 */
function checkData(byId: string, { own, loader, data }: DiskState): void {
  if (!own || !loader || data) return;
  const faults = new FaultCollector();
  faults.add(
    "disks",
    byId,
    "its data partition does not hold the file system that was made there",
    "repair it (e2fsck with a backup superblock), or save what it holds and wipe the disk by hand (wipefs --all)",
  );
  faults.throwIfAny("the disk to install to");
}

/** That the site's key signed the digests that are to be written. @throws {FaultsError} */
export function checkSignature({ signed, images }: Pick<InstallOrder, "signed" | "images">): void {
  const faults = new FaultCollector();
  const { manifest, signature, publicKey } = signed;
  const key = createPublicKey(publicKey);
  if (!verify(null, Buffer.from(manifest), key, Buffer.from(signature.trim(), "base64"))) {
    faults.add(
      "signed.signature",
      signature.slice(0, 16),
      "not the signature of the site's key over this manifest",
      "publish the image anew: lectern image publish",
    );
  } else {
    const { parts } = JSON.parse(manifest) as { parts: Record<string, { sha256: string } | undefined> };
    for (const [name, { sha256 }] of Object.entries(images)) {
      if (parts[name]?.sha256 !== sha256)
        faults.add(
          `images.${name}.sha256`,
          sha256,
          `the signed manifest says ${parts[name]?.sha256}`,
          "publish the image anew: lectern image publish",
        );
    }
  }
  faults.throwIfAny("the image to install");
}
