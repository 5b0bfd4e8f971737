import { timestampOf, type Timestamp } from "../codec/timestamp";
import { IpmiArgumentError, IpmiReadBackError } from "../errors";
import type { CommandRunner } from "../messages/runner";
import { getSelAllocationInfo, type SelAllocationInfo } from "../messages/sel-allocation-info";
import { addSelEntry, deleteSelEntry, FIRST_ENTRY, LAST_ENTRY, RECORD_BYTES } from "../messages/sel-entry";
import { getSelInfo, type SelInfo } from "../messages/sel-info";
import { getSelTime, getSelTimeUtcOffset, setSelTime, setSelTimeUtcOffset } from "../messages/sel-time";
import { clearEntries } from "./clear";
import { eventOf, type SelEvent, type SensorName } from "./event";
import { readEntries } from "./read-entries";
import { reserve } from "./reservation";

/** The BMC's system event log. Everything throws {@link IpmiError} and nothing else. */
export class EventLog {
  constructor(private readonly runner: CommandRunner) {}

  info(): Promise<SelInfo> {
    return this.runner.run(getSelInfo);
  }

  /** Not every BMC has it; `info().supports` says. */
  allocation(): Promise<SelAllocationInfo> {
    return this.runner.run(getSelAllocationInfo);
  }

  /**
   * All events, oldest first.
   * @param options `sensorName`: names sensors; default by type and number
   */
  async list(options: { sensorName?: SensorName } = {}): Promise<SelEvent[]> {
    const records = await readEntries(this.runner);
    return records.map((record) => eventOf(record, options.sensorName));
  }

  /**
   * Adds a record as it stands. Needs operator. The BMC puts in the id, and the time for types below E0h.
   * @param record 16 bytes (IPMI 2.0 section 32)
   * @returns the new id
   */
  async add(record: Uint8Array): Promise<number> {
    if (record.length !== RECORD_BYTES) {
      throw this.argument("Add SEL Entry", `a record of ${record.length} bytes`, "that it has 16 bytes");
    }
    return this.runner.run(addSelEntry(record));
  }

  /**
   * Deletes one event. Needs operator. Not every BMC can; `info().supports` says.
   * @param id 1 to 65534
   * @throws {IpmiCompletionError} with C5h if the log changes just then: the id may stand for another event now
   */
  async delete(id: number): Promise<void> {
    if (!Number.isInteger(id) || id <= FIRST_ENTRY || id >= LAST_ENTRY) {
      throw this.argument("Delete SEL Entry", `record ${id}`, "that the id is from 1 to 65534");
    }
    await this.runner.run(deleteSelEntry(await reserve(this.runner), id));
  }

  /**
   * Erases all events and waits until the log is empty. Needs operator.
   * @param options `timeout`: milliseconds that the erasure may take, default 60,000
   */
  clear(options: { timeout?: number } = {}): Promise<void> {
    return clearEntries(this.runner, options.timeout ?? 60_000);
  }

  /** The clock that events are stamped with. */
  async time(): Promise<Timestamp> {
    return timestampOf(await this.runner.run(getSelTime));
  }

  /** Sets that clock, in whole seconds. Needs operator. The offset from UTC is unspecified afterwards. */
  async setTime(time: Date): Promise<void> {
    const seconds = Math.floor(time.getTime() / 1000);
    const { at } = timestampOf(seconds >= 0 && seconds <= 0xffffffff ? seconds : 0);
    if (at === undefined) {
      throw this.argument("Set SEL Time", `time ${String(time)}`, "that it is from 1987 to 2106");
    }
    await this.runner.run(setSelTime(seconds));
  }

  /** Minutes that the clock is ahead of UTC; undefined where nobody told the BMC. */
  utcOffset(): Promise<number | undefined> {
    return this.runner.run(getSelTimeUtcOffset);
  }

  /**
   * Tells how far the clock is ahead of UTC, and reads it back. Needs operator.
   * @param minutes -1440 to 1440, or undefined
   * @throws {IpmiReadBackError} if the BMC holds another offset then
   */
  async setUtcOffset(minutes: number | undefined): Promise<void> {
    if (minutes !== undefined && !(Number.isInteger(minutes) && Math.abs(minutes) <= 1440)) {
      throw this.argument("Set SEL Time UTC Offset", `offset ${minutes}`, "whole minutes from -1440 to 1440");
    }
    const command = setSelTimeUtcOffset(minutes);
    await this.runner.run(command);
    const held = await this.utcOffset();
    if (held === minutes) return;
    throw new IpmiReadBackError(
      this.runner.label,
      command.name,
      `set ${minutes ?? "no offset"}, and ${held ?? "none"} reads back`,
      "whether the BMC's clock can have an offset",
    );
  }

  private argument(command: string, problem: string, check: string): IpmiArgumentError {
    return new IpmiArgumentError(this.runner.label, command, problem, check);
  }
}
