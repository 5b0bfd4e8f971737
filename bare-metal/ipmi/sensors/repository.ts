import { isDeepStrictEqual } from "node:util";
import { IpmiUnstableError, isCompletion } from "../errors";
import type { Command } from "../messages/command";
import { getDeviceSdrInfo } from "../messages/device-sdr-info";
import { getDeviceSdr, getSdr, type SdrPart, type SdrRange } from "../messages/get-sdr";
import { reserveDeviceSdrRepository, reserveSdrRepository } from "../messages/reserve-sdr";
import type { CommandRunner } from "../messages/runner";
import { getSdrRepositoryInfo } from "../messages/sdr-repository-info";
import { readAll } from "./read-all";
import { readSdr, type SdrRecord } from "./record";

/** Where a BMC keeps its SDRs, and how they are asked for. */
export interface SdrSource {
  /** Of the command that reads them, for errors. */
  readonly name: string;
  /** What changes when records do. */
  readonly info: Command<object>;
  readonly reserve: Command<number>;
  get(range: SdrRange): Command<SdrPart>;
}

const REPOSITORY: SdrSource = {
  name: "Get SDR",
  info: getSdrRepositoryInfo,
  reserve: reserveSdrRepository,
  get: getSdr,
};

/** A BMC without a repository may keep the records of its own sensors. */
const DEVICE: SdrSource = {
  name: "Get Device SDR",
  info: getDeviceSdrInfo,
  reserve: reserveDeviceSdrRepository,
  get: getDeviceSdr,
};

const INVALID_COMMAND = 0xc1;
/** How often a repository that changes meanwhile is read. */
const READINGS = 3;

/** All records as they were at one time. */
export interface SdrSnapshot {
  readonly source: SdrSource;
  /** What the source's `info` said. */
  readonly state: object;
  readonly records: readonly SdrRecord[];
}

/**
 * Reads all SDRs.
 * @param known an earlier reading; it is given back if nothing changed since
 * @throws {IpmiError}; {@link IpmiUnstableError} if records keep changing
 */
export async function readRepository(runner: CommandRunner, known?: SdrSnapshot): Promise<SdrSnapshot> {
  const { source, state } = await locate(runner, known);
  if (known && isDeepStrictEqual(known.state, state)) return known;
  let before: object = state;
  let last: readonly SdrRecord[] | undefined;
  for (let reading = 1; reading <= READINGS; reading += 1) {
    const records = (await readAll(runner, source)).map(readSdr);
    const after = await runner.run(source.info);
    // Some BMCs tell another time at each question, though their records stay.
    if (isDeepStrictEqual(before, after) || isDeepStrictEqual(last, records)) {
      return { source, state: after, records };
    }
    before = after;
    last = records;
  }
  throw new IpmiUnstableError(
    runner.label,
    source.name,
    `the records changed each of the ${READINGS} times that they were read`,
  );
}

async function locate(runner: CommandRunner, known?: SdrSnapshot) {
  if (known) return { source: known.source, state: await runner.run(known.source.info) };
  try {
    return { source: REPOSITORY, state: await runner.run(REPOSITORY.info) };
  } catch (error) {
    if (!isCompletion(error, INVALID_COMMAND)) throw error;
    return { source: DEVICE, state: await runner.run(DEVICE.info) };
  }
}
