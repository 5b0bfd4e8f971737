import { createHash } from "node:crypto";
import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../base/run";
import { openDisk, recognise } from "../disks";
import { biosBootCode, BOOT_DIR, renderGrubConfig, renderSlotConfig, slotArguments } from "./boot-loader";
import type { DiskState, Step } from "./decide";
import { Device } from "./device";
import { type BootChoice, readEnvironment, renderEnvironment } from "./environment";
import { Esp } from "./esp";
import { planLayout, renderTable, SLOTS, type Slot } from "./layout";
import type { InstallOrder } from "./order";

const MIB = 2 ** 20;
/** Metadata of volumes lies at head and tail. */
const ENDS = 64 * MIB;
const SUPERBLOCK = 1024;
/** Where ext4 keeps its magic number and its UUID (Linux, Documentation/filesystems/ext4/super.rst). */
const EXT_MAGIC = SUPERBLOCK + 0x38;
const EXT_UUID = SUPERBLOCK + 0x68;

/** An image's part: its bytes by digest. */
export type Fetch = (sha256: string) => Promise<AsyncIterable<Buffer>>;

export interface TargetOptions {
  readonly device: Device;
  /** GUID of its table, the present one or the one to be made. */
  readonly guid: string;
  readonly order: Pick<InstallOrder, "images" | "arguments">;
  readonly fetch: Fetch;
  /** Folder with boot.img, core.img and BOOTX64.EFI (images/node/boot-loader.ts). */
  readonly loader: string;
  /** Told what goes on. */
  readonly note: (text: string) => void;
}

/** What a slot holds, beside it on the ESP as JSON. */
type SlotRecord = InstallOrder["images"];

/** The disk that a node is installed to. */
export class Target {
  private readonly layout;
  private readonly esp: Esp;

  constructor(private readonly options: TargetOptions) {
    const { device, guid } = options;
    this.layout = planLayout(device.size, guid);
    this.esp = new Esp(device.path, this.layout.esp);
  }

  /** What is there, of a disk that is this site's own. Slots are read whole. */
  async look(): Promise<DiskState> {
    const loader = (await this.esp.read(`${BOOT_DIR}/loader`)) !== undefined;
    const environment = loader ? await this.esp.read(`${BOOT_DIR}/grubenv`) : undefined;
    const whole = loader
      ? await Promise.all(SLOTS.map(async (slot) => [slot, await this.rootOf(slot)] as const))
      : [];
    return {
      own: true,
      holds: true,
      data: await this.hasData(),
      loader,
      choice: environment ? readEnvironment(environment) : {},
      slots: Object.fromEntries(whole.filter(([, root]) => root !== undefined)),
    };
  }

  async perform(step: Step): Promise<void> {
    switch (step.do) {
      case "wipe":
        return this.wipe();
      case "partition":
        return this.partition();
      case "data":
        return this.makeData();
      case "loader":
        return this.writeLoader();
      case "write":
        return this.writeSlot(step.slot);
      case "choose":
        return this.choose(step.choice);
    }
  }

  private async wipe(): Promise<void> {
    const { device, note } = this.options;
    note("wiping");
    await device.discard();
    for (let round = 0; round < 8; round++) {
      const disk = openDisk(device.path, device.size);
      let known;
      try {
        known = recognise(disk).filter(({ content }) => content !== "data");
      } finally {
        disk.close();
      }
      if (round > 0 && known.length === 0) return;
      await device.zero(0, ENDS);
      await device.zero(device.size - ENDS, ENDS);
      for (const { offset } of known) await device.zero(offset - MIB, 2 * MIB);
      await device.settle();
    }
    throw new Error("what is on it does not go away: the disk may be failing; look at its health (smartctl)");
  }

  private async partition(): Promise<void> {
    const { device, guid, note } = this.options;
    note("partitioning");
    const dir = mkdtempSync(join(tmpdir(), "lectern-table-"));
    try {
      const script = join(dir, "table");
      writeFileSync(script, renderTable(guid, this.layout));
      // The kernel is not told: nothing here goes through the partitions' own devices.
      const words = ["--wipe", "never", "--no-reread", "--no-tell-kernel", "--quiet", device.path];
      await run(["sh", "-c", 'script=$1; shift; exec sfdisk "$@" <"$script"', "sh", script, ...words]);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
    await device.settle();
  }

  private async makeData(): Promise<void> {
    const { device, note } = this.options;
    const { start, size, uuid } = this.layout.data;
    note("making the data partition's file system");
    await device.zero(start, MIB);
    await run([
      ...(["mkfs.ext4", "-q", "-F", "-L", "lectern-data", "-U", uuid] as const),
      ...["-E", `offset=${start}`, device.path, `${size / 1024}k`],
    ]);
    await device.settle();
  }

  private async writeLoader(): Promise<void> {
    const { device, loader, note } = this.options;
    note("writing the boot loader");
    const { esp } = this;
    await esp.format();
    for (const folder of ["EFI", "EFI/BOOT", BOOT_DIR]) await esp.makeFolder(folder);
    await esp.copyIn(join(loader, "BOOTX64.EFI"), "EFI/BOOT/BOOTX64.EFI");
    await esp.write(`${BOOT_DIR}/grub.cfg`, renderGrubConfig());
    await esp.write(`${BOOT_DIR}/grubenv`, renderEnvironment({}));
    const [bootImage, coreImage] = ["boot.img", "core.img"].map((file) => readFileSync(join(loader, file)));
    const { code, core } = biosBootCode(bootImage as Buffer, coreImage as Buffer, this.layout.bios);
    await device.write(this.layout.bios.start, core);
    // A sector is written whole or not at all; the table's part of it stays.
    const sector = await device.read(0, 512);
    code.copy(sector);
    await device.write(0, sector);
    await device.settle();
    await esp.write(`${BOOT_DIR}/loader`, "whole\n");
    await device.settle();
  }

  private async writeSlot(slot: Slot): Promise<void> {
    const { device, order, fetch, note } = this.options;
    const { kernel, initrd, root } = order.images;
    const { esp, layout } = this;
    const place = layout[`root-${slot}`];
    await esp.remove(`${BOOT_DIR}/slot-${slot}.json`);
    await esp.remove(`${BOOT_DIR}/slot-${slot}.cfg`);
    await device.settle();
    let told = 0;
    await device.writeStream(place.start, await fetch(root.sha256), root.bytes, (bytes) => {
      if (bytes - told < 32 * MIB && bytes < root.bytes) return;
      told = bytes;
      note(`writing slot ${slot}: ${Math.floor((bytes / root.bytes) * 100)} %`);
    });
    for (const [name, part] of Object.entries({ kernel, initrd })) {
      const chunks: Buffer[] = [];
      for await (const chunk of await fetch(part.sha256)) chunks.push(chunk);
      await esp.write(`${BOOT_DIR}/${name}-${slot}`, Buffer.concat(chunks));
    }
    await device.settle();
    note(`reading slot ${slot} back`);
    const found = await this.digests(slot, order.images);
    for (const [name, part] of Object.entries(order.images)) {
      const digest = found[name as keyof SlotRecord];
      if (digest !== part.sha256)
        throw new Error(
          `${name}, read back from slot ${slot}: its SHA-256 is ${digest}, not ${part.sha256}; ` +
            "publish the image anew; if it comes back, the disk may be failing (smartctl)",
        );
    }
    const words = ["boot=lectern", ...order.arguments, ...slotArguments(slot, layout, root)];
    await esp.write(`${BOOT_DIR}/slot-${slot}.cfg`, renderSlotConfig(slot, words));
    await esp.write(`${BOOT_DIR}/slot-${slot}.json`, JSON.stringify(order.images));
    await device.settle();
  }

  private async choose(choice: BootChoice): Promise<void> {
    await this.esp.write(`${BOOT_DIR}/grubenv`, renderEnvironment(choice));
    await this.options.device.settle();
  }

  /** SHA-256 of the root in a slot, if all of the slot is as it was written. */
  private async rootOf(slot: Slot): Promise<string | undefined> {
    const text = await this.esp.read(`${BOOT_DIR}/slot-${slot}.json`);
    if (text === undefined) return undefined;
    let written: SlotRecord;
    try {
      written = JSON.parse(text.toString()) as SlotRecord;
    } catch {
      return undefined;
    }
    const found = await this.digests(slot, written);
    const whole = Object.entries(written).every(
      ([name, { sha256 }]) => found[name as keyof SlotRecord] === sha256,
    );
    return whole ? written.root.sha256 : undefined;
  }

  private async digests(slot: Slot, { root }: SlotRecord): Promise<Record<keyof SlotRecord, string>> {
    const file = async (name: string): Promise<string> => {
      const content = await this.esp.read(`${BOOT_DIR}/${name}-${slot}`);
      return content === undefined ? "missing" : createHash("sha256").update(content).digest("hex");
    };
    const place = this.layout[`root-${slot}`];
    return {
      kernel: await file("kernel"),
      initrd: await file("initrd"),
      root: await this.options.device.digest(place.start, Math.min(root.bytes, place.size)),
    };
  }

  private async hasData(): Promise<boolean> {
    const { start, uuid } = this.layout.data;
    const { device } = this.options;
    const magic = await device.read(start + EXT_MAGIC, 2);
    const found = await device.read(start + EXT_UUID, 16);
    return magic.readUInt16LE() === 0xef53 && found.toString("hex") === uuid.replaceAll("-", "");
  }
}

/** A file of this machine as an image's part. */
export function fromFile(file: string): AsyncIterable<Buffer> {
  return createReadStream(file, { highWaterMark: MIB }) as AsyncIterable<Buffer>;
}
