import type { Reader } from "../codec/reader";
import type { Command } from "./command";
import { dcmiCommand } from "./dcmi";

/** What the machine can do (parameter 1). */
export interface DcmiCapabilities {
  /** Of DCMI that the BMC follows, such as `1.5`. */
  readonly version: string;
  readonly powerManagement: boolean;
  readonly inBand: boolean;
  /** Serial terminal mode. */
  readonly serial: boolean;
  readonly secondaryLan: boolean;
}

/** How the event log behaves, and how often temperatures are taken (parameter 2). */
export interface DcmiPlatform {
  readonly selEntries: number;
  /** New events overwrite the oldest. */
  readonly selRollover: boolean;
  /** Seconds between two measurements of temperature; undefined before DCMI 1.5. */
  readonly temperatureInterval: number | undefined;
}

/** Channels by which the BMC is reached (parameter 4); undefined for what it lacks. */
export interface DcmiAccess {
  readonly primaryLan: number | undefined;
  readonly secondaryLan: number | undefined;
  readonly serial: number | undefined;
}

const COMMAND = "Get DCMI Capabilities Info";

/** Get DCMI Capabilities Info (parameter 1), DCMI 1.5 section 6.1.1. Needs user. */
export const getDcmiCapabilities: Command<DcmiCapabilities> = capabilities(1, (reader, version) => {
  reader.skip(1);
  const platform = reader.u8();
  const access = reader.u8();
  return {
    version,
    powerManagement: (platform & 0x01) !== 0,
    inBand: (access & 0x01) !== 0,
    serial: (access & 0x02) !== 0,
    secondaryLan: (access & 0x04) !== 0,
  };
});

/** Get DCMI Capabilities Info (parameter 2), DCMI 1.5 section 6.1.1. Needs user. */
export const getDcmiPlatform: Command<DcmiPlatform> = capabilities(2, (reader) => {
  const sel = reader.u16();
  const rest = reader.rest();
  return { selEntries: sel & 0x0fff, selRollover: (sel & 0x8000) !== 0, temperatureInterval: rest[2] };
});

/** Get DCMI Capabilities Info (parameter 4), DCMI 1.5 section 6.1.1. Needs user. */
export const getDcmiAccess: Command<DcmiAccess> = capabilities(4, (reader) => {
  const channel = () => {
    const number = reader.u8();
    return number === 0xff ? undefined : number;
  };
  return { primaryLan: channel(), secondaryLan: channel(), serial: channel() };
});

const UNIT_SECONDS = [1, 60, 3600, 86400];

/**
 * Get DCMI Capabilities Info (parameter 5), DCMI 1.5 section 6.1.1. Needs user.
 * Seconds over which power can be averaged; 0 is now.
 */
export const getDcmiAveragingPeriods: Command<readonly number[]> = capabilities(5, (reader) => {
  const periods = [...reader.copy(reader.u8())];
  return periods.map((period) => (period & 0x3f) * (UNIT_SECONDS[period >> 6] ?? 1));
});

function capabilities<Reply>(
  parameter: number,
  read: (reader: Reader, version: string) => Reply,
): Command<Reply> {
  return dcmiCommand({
    name: COMMAND,
    code: 0x01,
    data: [parameter],
    read(reader) {
      const version = `${reader.u8()}.${reader.u8()}`;
      // Revision of the parameter: its fields are only ever added to.
      reader.skip(1);
      return read(reader, version);
    },
  });
}
