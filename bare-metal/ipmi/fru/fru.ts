import type { InventoryItem } from "../../bmc/driver";
import { DecodeError } from "../codec/reader";
import { behind, ControllersAsked } from "../behind";
import { IpmiArgumentError, type IpmiError, IpmiMalformedReplyError, isCompletion } from "../errors";
import type { CommandRunner } from "../messages/runner";
import type { FruInventory } from "./inventory";
import { type FruDevice, fruKey, itemsOf } from "./items";
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
   * @param device 0 to 254, default the machine itself; or one of another controller
   * @throws {IpmiMalformedReplyError} where the memory holds no FRU data
   */
  async read(device: number | FruDevice = BUILT_IN): Promise<FruInventory> {
    const memory = await this.open(device);
    try {
      return await readInventory(memory);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      throw new IpmiMalformedReplyError(
        this.runner.label,
        `Read FRU Data (device ${typeof device === "number" ? device : fruKey(device)})`,
        error.message,
      );
    }
  }

  /**
   * Reads many devices; those that are not there are left out, one that cannot be read keeps no other away. A
   * controller that cannot be reached is asked once.
   */
  async readAll(devices: readonly FruDevice[] = [BUILT_IN]): Promise<FruReading[]> {
    const readings: FruReading[] = [];
    const asked = new ControllersAsked();
    for (const device of devices) {
      const { controller } = device;
      const came = await (controller
        ? asked.ask(controller, () => this.read(device))
        : this.readUnlessBad(device));
      if ("value" in came) readings.push({ device, inventory: came.value, problem: undefined });
      else if (!isCompletion(came.error, ...ABSENT)) {
        readings.push({ device, inventory: undefined, problem: came.problem });
      }
    }
    return readings;
  }

  /** Chassis, boards and products of the devices, each with its maker and numbers; a device that cannot be read, why. */
  async items(devices?: readonly FruDevice[]): Promise<InventoryItem[]> {
    const readings = await this.readAll(devices);
    return readings.flatMap(({ device, inventory, problem }) =>
      inventory
        ? itemsOf(device, inventory)
        : [{ id: fruKey(device), name: device.name, ...(problem !== undefined && { problem }) }],
    );
  }

  /** The device's memory as it is. */
  async dump(device: number | FruDevice = BUILT_IN): Promise<Buffer> {
    return (await this.open(device)).read(0);
  }

  /**
   * Writes into the device's memory and reads it back. Needs operator. What stands there is not looked at: checksums
   * are the caller's.
   * @param offset bytes; even where the device is accessed by words, as the length then is
   * @throws {IpmiReadBackError} {IpmiArgumentError}
   */
  async write(device: number | FruDevice, offset: number, bytes: Uint8Array): Promise<void> {
    await (await this.open(device)).write(offset, Buffer.from(bytes));
  }

  private async readUnlessBad(
    device: FruDevice,
  ): Promise<{ value: FruInventory } | { problem: string; error: IpmiError }> {
    try {
      return { value: await this.read(device) };
    } catch (error) {
      if (!(error instanceof IpmiMalformedReplyError) && !isCompletion(error, ...ABSENT)) throw error;
      return { problem: error.problem, error };
    }
  }

  private async open(device: number | FruDevice): Promise<FruMemory> {
    const { id, controller, lun }: Partial<FruDevice> = typeof device === "number" ? { id: device } : device;
    if (id === undefined || !Number.isInteger(id) || id < 0 || id > 254) {
      throw new IpmiArgumentError(
        this.runner.label,
        "Read FRU Data",
        `FRU device ${id}`,
        "that it is from 0 to 254",
      );
    }
    return FruMemory.open(controller ? behind(this.runner, controller, lun) : this.runner, id);
  }
}
