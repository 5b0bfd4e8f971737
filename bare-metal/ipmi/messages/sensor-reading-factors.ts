import { readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";

export interface ReadingFactors {
  /** The next reading that has factors of its own, 0 to 255. */
  readonly next: number;
  /** Six bytes: M, tolerance, B, accuracy, exponents, as in a full sensor record. */
  readonly factors: Buffer;
}

/**
 * Get Sensor Reading Factors, IPMI 2.0 section 35.5. Needs user.
 * @param sensor 0 to 254
 * @param lun of the sensor, 0 to 3
 * @param reading raw, 0 to 255
 */
export function getSensorReadingFactors(
  sensor: number,
  lun: number,
  reading: number,
): Command<ReadingFactors> {
  return {
    name: "Get Sensor Reading Factors",
    netFn: NetFn.sensor,
    code: 0x23,
    lun,
    data: Buffer.from([sensor, reading]),
    decode(data) {
      const reader = readerOf(data, "Get Sensor Reading Factors");
      return { next: reader.u8(), factors: reader.copy(6) };
    },
  };
}
