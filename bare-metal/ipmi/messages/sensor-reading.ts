import { readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";

/** What a sensor reads now, raw. */
export interface RawReading {
  /** 0 to 255; means something for sensors with numbers only. */
  readonly value: number;
  readonly eventsEnabled: boolean;
  readonly scanningEnabled: boolean;
  /** Neither value nor states can be had now: a first reading is awaited, or the part is not there. */
  readonly unavailable: boolean;
  /**
   * Bit n stands for state n, 0 to 14. Of a threshold sensor: bits 0 to 5, the thresholds that are reached
   * (in the order of table 35-9). 0 where the BMC sends none.
   */
  readonly states: number;
}

/**
 * Get Sensor Reading, IPMI 2.0 section 35.14. Needs user.
 * @param sensor 0 to 254
 * @param lun of the sensor, 0 to 3
 */
export function getSensorReading(sensor: number, lun: number): Command<RawReading> {
  return {
    name: "Get Sensor Reading",
    netFn: NetFn.sensor,
    code: 0x2d,
    lun,
    data: Buffer.from([sensor]),
    decode(data) {
      const reader = readerOf(data, "Get Sensor Reading");
      const value = reader.u8();
      const flags = reader.u8();
      const low = reader.left > 0 ? reader.u8() : 0;
      const high = reader.left > 0 ? reader.u8() : 0;
      return {
        value,
        eventsEnabled: (flags & 0x80) !== 0,
        scanningEnabled: (flags & 0x40) !== 0,
        unavailable: (flags & 0x20) !== 0,
        states: ((high & 0x7f) << 8) | low,
      };
    },
  };
}
