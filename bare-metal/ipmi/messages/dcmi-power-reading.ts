import { type Timestamp, timestampOf } from "../codec/timestamp";
import type { Command } from "./command";
import { dcmiCommand } from "./dcmi";

/** What the machine draws, in watts. */
export interface PowerReading {
  readonly current: number;
  /** Over `period`, as the two that follow. */
  readonly minimum: number;
  readonly maximum: number;
  readonly average: number;
  /** Milliseconds. */
  readonly period: number;
  readonly takenAt: Timestamp;
  /** False: nothing is measured now, and the numbers say nothing. */
  readonly active: boolean;
}

const UNITS = [
  { seconds: 86400, code: 3 },
  { seconds: 3600, code: 2 },
  { seconds: 60, code: 1 },
  { seconds: 1, code: 0 },
] as const;

/**
 * Get Power Reading, DCMI 1.5 section 6.6.1. Needs user.
 * @param seconds averaging period, one of those that the BMC names; default the BMC's own statistics
 */
export function getPowerReading(seconds?: number): Command<PowerReading> {
  return dcmiCommand({
    name: "Get Power Reading",
    code: 0x02,
    data: seconds === undefined ? [1, 0, 0] : [2, averagingPeriod(seconds), 0],
    read(reader) {
      const current = reader.u16();
      const minimum = reader.u16();
      const maximum = reader.u16();
      const average = reader.u16();
      const takenAt = timestampOf(reader.u32());
      const period = reader.u32();
      const active = (reader.u8() & 0x40) !== 0;
      return { current, minimum, maximum, average, takenAt, period, active };
    },
  });
}

/** One byte: a unit and up to 63 of it. The largest unit that divides the seconds is what BMCs name. */
function averagingPeriod(seconds: number): number {
  const unit = UNITS.find((u) => seconds % u.seconds === 0 && seconds / u.seconds <= 63);
  return unit && seconds > 0 ? (unit.code << 6) | (seconds / unit.seconds) : 0;
}
