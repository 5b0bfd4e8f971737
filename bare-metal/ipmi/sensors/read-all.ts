import { IpmiMalformedReplyError, isCompletion } from "../errors";
import { noData } from "../messages/command";
import { FIRST_RECORD, NO_RECORD, type SdrPart, WHOLE_RECORD } from "../messages/get-sdr";
import type { CommandRunner } from "../messages/runner";
import { SDR_HEADER, sdrLength } from "./record";
import type { SdrSource } from "./repository";

/** More records than any BMC has. */
const MAX_RECORDS = 4096;
/** Tries a record, when others cancel the reservation. */
const TRIES = 8;
/** Of an answer, before the record's bytes. */
const NEXT_ID_BYTES = 2;
/** Bytes asked for at a time, from the most to what every BMC gives. */
const SIZES = [WHOLE_RECORD, 64, 32, 22, 16, 8] as const;

const INVALID_COMMAND = 0xc1;
const NOT_PRESENT = 0xcb;
const RESERVATION_LOST = 0xc5;
const RECORD_CHANGED = 0x80;
/** How BMCs say that they cannot give so many bytes (section 33.12 names CAh and FFh). */
const TOO_MUCH = [0xc7, 0xc8, 0xc9, 0xca, 0xcc, 0xff] as const;

/**
 * Reads the bytes of all records, in the repository's order. Bounded, whatever the BMC answers.
 * @throws {IpmiError}; {@link IpmiMalformedReplyError} for a chain of records without an end
 */
export async function readAll(runner: CommandRunner, source: SdrSource): Promise<Buffer[]> {
  const reader = new SdrReader(runner, source);
  const records: Buffer[] = [];
  const asked = new Set<number>();
  for (let id = FIRST_RECORD; id !== NO_RECORD;) {
    if (asked.has(id)) throw reader.malformed(`record ${id} follows itself`);
    if (asked.size === MAX_RECORDS) throw reader.malformed(`more than ${MAX_RECORDS} records`);
    asked.add(id);
    const record = await reader.read(id);
    if (!record) return records;
    records.push(record.bytes);
    id = record.next;
  }
  return records;
}

/** Reads one record after the other, and remembers how many bytes the BMC gives at a time. */
class SdrReader {
  /** Index of SIZES. */
  private size: number;
  /** Whether the BMC ever gave so many bytes: where it then gives none, the record has no more. */
  private proven = false;
  private reservation: number | undefined;

  constructor(
    private readonly runner: CommandRunner,
    private readonly source: SdrSource,
  ) {
    const { mostData } = runner;
    const fits = (size: number) =>
      mostData === undefined || (size !== WHOLE_RECORD && size + NEXT_ID_BYTES <= mostData);
    this.size = Math.max(SIZES.findIndex(fits), 0);
  }

  /** The record with its header, or undefined where the repository is empty. */
  async read(id: number): Promise<SdrPart | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt(id);
      } catch (error) {
        if (isCompletion(error, NOT_PRESENT) && id === FIRST_RECORD) return undefined;
        if (!isCompletion(error, RESERVATION_LOST, RECORD_CHANGED) || attempt === TRIES) throw error;
        this.reservation = undefined;
      }
    }
  }

  malformed(problem: string): IpmiMalformedReplyError {
    return new IpmiMalformedReplyError(this.runner.label, this.source.name, problem);
  }

  private async attempt(id: number): Promise<SdrPart> {
    const { next, bytes } = await this.head(id);
    if (bytes.length < SDR_HEADER) throw this.malformed(`record ${id} has no header`);
    const length = sdrLength(bytes);
    const parts = [bytes];
    for (let have = bytes.length; have < length;) {
      const more = await this.more(id, have, length - have);
      // The record is shorter than its header says: whoever decodes it will see whether that is enough.
      if (more.length === 0) break;
      parts.push(more);
      have += more.length;
    }
    return { next, bytes: Buffer.concat(parts).subarray(0, length) };
  }

  /** As much as the BMC gives; the header alone where more was refused, as it may be for a short record. */
  private async head(id: number): Promise<SdrPart> {
    const count = SIZES[this.size] as number;
    if (count === WHOLE_RECORD || this.proven) {
      try {
        return await this.ask(id, 0, count);
      } catch (error) {
        if (!isCompletion(error, ...TOO_MUCH)) throw error;
        if (count === WHOLE_RECORD) this.size += 1;
      }
    }
    return this.ask(id, 0, SDR_HEADER);
  }

  /** Some of the bytes that are left, or none where the BMC has no more. */
  private async more(id: number, offset: number, left: number): Promise<Buffer> {
    this.reservation ??= await this.reserve();
    for (let size = this.size; size < SIZES.length; size += 1) {
      const most = SIZES[size] as number;
      try {
        const { bytes } = await this.ask(id, offset, Math.min(most, left));
        this.size = size;
        this.proven ||= left >= most;
        return bytes;
      } catch (error) {
        if (!isCompletion(error, ...TOO_MUCH)) throw error;
        if (this.proven) break;
      }
    }
    return noData;
  }

  /** A BMC that knows no reservations is asked with 0. */
  private async reserve(): Promise<number> {
    try {
      return await this.runner.run(this.source.reserve);
    } catch (error) {
      if (isCompletion(error, INVALID_COMMAND)) return 0;
      throw error;
    }
  }

  private ask(id: number, offset: number, count: number): Promise<SdrPart> {
    const reservation = offset === 0 ? 0 : (this.reservation ?? 0);
    return this.runner.run(this.source.get({ reservation, id, offset, count }));
  }
}
