import type { InventoryItem } from "../../bmc/driver";
import { DecodeError } from "../codec/reader";
import { IpmiArgumentError, IpmiMalformedReplyError, isCompletion } from "../errors";
import type { CommandRunner } from "../messages/runner";
import type { FruInventory } from "./inventory";
import { type FruDevice, itemsOf } from "./items";
import { FruMemory } from "./memory";
import { readInventory } from "./read-inventory";

/** The device that every BMC with FRU data has: the machine itself (IPMI 2.0 section 38). */
const BUILT_IN: FruDevice = { id: 0, name: "Builtin FRU" };
/** What a BMC says of a device that is not there, or not plugged in. */
const ABSENT = [0xcb, 0xc9, 0xcc, 0xcd] as const;

/** A FRU, and what came of reading it: an inventory, or why there is none. */
export interface FruReading {
  readonly device: FruDevice;
  readonly inventory: FruInventory | undefined;
  /** In a sentence; undefined where the inventory is there. */
  readonly problem: string | undefined;
}

/** The FRU data behind a BMC. Everything throws {@link IpmiError} and nothing else. */
export class Fru {
  constructor(private readonly runner: CommandRunner) {}

  /**
   * Reads and decodes one device.
   * @param device 0 to 254, default the machine itself
   * @throws {IpmiMalformedReplyError} where the memory holds no FRU data
   */
  async read(device = BUILT_IN.id): Promise<FruInventory> {
    const memory = await this.open(device);
    try {
      return await readInventory(memory);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      throw new IpmiMalformedReplyError(this.runner.label, `Read FRU Data (device ${device})`, error.message);
    }
  }

  /** Reads many devices; those that are not there are left out, one that cannot be read keeps no other away. */
  async readAll(devices: readonly FruDevice[] = [BUILT_IN]): Promise<FruReading[]> {
    const readings: FruReading[] = [];
    for (const device of devices) {
      try {
        readings.push({ device, inventory: await this.read(device.id), problem: undefined });
      } catch (error) {
        if (isCompletion(error, ...ABSENT)) continue;
        if (!(error instanceof IpmiMalformedReplyError)) throw error;
        readings.push({ device, inventory: undefined, problem: error.problem });
      }
    }
    return readings;
  }

  /** Chassis, boards and products of the devices, each with its maker and numbers. */
  async items(devices?: readonly FruDevice[]): Promise<InventoryItem[]> {
    const readings = await this.readAll(devices);
    return readings.flatMap(({ device, inventory }) => (inventory ? itemsOf(device, inventory) : []));
  }

  /** The device's memory as it is. */
  async dump(device = BUILT_IN.id): Promise<Buffer> {
    return (await this.open(device)).read(0);
  }

  /**
   * Writes into the device's memory and reads it back. Needs operator. What stands there is not looked at: checksums
   * are the caller's.
   * @param offset bytes; even where the device is accessed by words, as the length then is
   * @throws {IpmiReadBackError} {IpmiArgumentError}
   */
  async write(device: number, offset: number, bytes: Uint8Array): Promise<void> {
    await (await this.open(device)).write(offset, Buffer.from(bytes));
  }

  private async open(device: number): Promise<FruMemory> {
    if (!Number.isInteger(device) || device < 0 || device > 254) {
      const problem = `FRU device ${device}`;
      throw new IpmiArgumentError(this.runner.label, "Read FRU Data", problem, "that it is from 0 to 254");
    }
    return FruMemory.open(this.runner, device);
  }
}
