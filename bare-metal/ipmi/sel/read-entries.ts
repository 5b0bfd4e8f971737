import { IpmiMalformedReplyError, isCompletion } from "../errors";
import type { CommandRunner } from "../messages/runner";
import { FIRST_ENTRY, getSelEntry, LAST_ENTRY, RECORD_BYTES, type SelEntryPart } from "../messages/sel-entry";
import { decodeSelRecord, type SelRecord } from "./records";
import { withReservation } from "./reservation";

const NOT_PRESENT = 0xcb;
/** What a BMC says that cannot send a whole record at once. */
const TOO_LONG = [0xc7, 0xc8, 0xc9, 0xca, 0xcc, 0xff] as const;
/** Bytes asked for then; the smallest messages that the specification knows hold more. */
const PART_BYTES = 8;
/** Another party that clears the log all the time does not keep this client busy for ever. */
const ATTEMPTS = 5;

/**
 * Every record of the event log, oldest first. One that is cleared meanwhile is read again from its start.
 * @throws {IpmiError} `IpmiMalformedReplyError` for a log that leads in circles
 */
export async function readEntries(runner: CommandRunner): Promise<SelRecord[]> {
  const readRecord = recordReader(runner);
  for (let attempt = 1; ; attempt += 1) {
    const records: SelRecord[] = [];
    // A log has at most 65,534 ids, so the walk ends if none comes twice.
    const asked = new Set<number>();
    try {
      for (let id = FIRST_ENTRY; id !== LAST_ENTRY;) {
        asked.add(id);
        const { next, bytes } = await readRecord(id);
        records.push(decodeSelRecord(bytes));
        if (asked.has(next)) {
          const problem = `record ${next} follows record ${id}, and came before`;
          throw new IpmiMalformedReplyError(runner.label, "Get SEL Entry", problem);
        }
        id = next;
      }
      return records;
    } catch (error) {
      if (!isCompletion(error, NOT_PRESENT)) throw error;
      if (records.length === 0) return [];
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

/** Reads one record; whole, until the BMC says that it cannot, then in parts. */
function recordReader(runner: CommandRunner): (id: number) => Promise<SelEntryPart> {
  let whole = true;
  return async (id) => {
    if (whole) {
      try {
        return await runner.run(getSelEntry(id));
      } catch (error) {
        if (!isCompletion(error, ...TOO_LONG)) throw error;
        whole = false;
      }
    }
    return readInParts(runner, id);
  };
}

function readInParts(runner: CommandRunner, id: number): Promise<SelEntryPart> {
  const [offset, count] = [PART_BYTES, RECORD_BYTES - PART_BYTES];
  return withReservation(runner, async (reservation) => {
    const first = await runner.run(getSelEntry(id, { offset: 0, count: offset, reservation }));
    const second = await runner.run(getSelEntry(id, { offset, count, reservation }));
    return { next: second.next, bytes: Buffer.concat([first.bytes, second.bytes]) };
  });
}
