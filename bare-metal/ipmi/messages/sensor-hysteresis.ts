import { readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";

/** How far a reading has to return before a threshold's state ends, in raw counts; 0 is none. */
export interface Hysteresis {
  /** Below upper thresholds, 0 to 255. */
  readonly positive: number;
  /** Above lower thresholds, 0 to 255. */
  readonly negative: number;
}

/** Kept by the specification for a mask to come. */
const RESERVED_MASK = 0xff;

/**
 * Get Sensor Hysteresis, IPMI 2.0 section 35.7. Needs user.
 * @param sensor 0 to 254
 * @param lun of the sensor, 0 to 3
 */
export function getSensorHysteresis(sensor: number, lun: number): Command<Hysteresis> {
  return {
    name: "Get Sensor Hysteresis",
    netFn: NetFn.sensor,
    code: 0x25,
    lun,
    data: Buffer.from([sensor, RESERVED_MASK]),
    decode(data) {
      const reader = readerOf(data, "Get Sensor Hysteresis");
      return { positive: reader.u8(), negative: reader.u8() };
    },
  };
}
