import { readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";

/** The six thresholds of a sensor, raw. */
export interface RawThresholds {
  /** Bits 0 to 5: which of the bytes hold a threshold (table 35-9). */
  readonly mask: number;
  /** Six bytes, in the order of the bits. */
  readonly values: Buffer;
}

/**
 * Get Sensor Thresholds, IPMI 2.0 section 35.9. Needs user.
 * @param sensor 0 to 254
 * @param lun of the sensor, 0 to 3
 */
export function getSensorThresholds(sensor: number, lun: number): Command<RawThresholds> {
  return {
    name: "Get Sensor Thresholds",
    netFn: NetFn.sensor,
    code: 0x27,
    lun,
    data: Buffer.from([sensor]),
    decode(data) {
      const reader = readerOf(data, "Get Sensor Thresholds");
      return { mask: reader.u8() & 0x3f, values: reader.copy(6) };
    },
  };
}

/** Set Sensor Thresholds, IPMI 2.0 section 35.8. Needs operator. Bytes whose bit is not set are ignored. */
export function setSensorThresholds(
  sensor: number,
  lun: number,
  { mask, values }: RawThresholds,
): Command<void> {
  return {
    name: "Set Sensor Thresholds",
    netFn: NetFn.sensor,
    code: 0x26,
    lun,
    data: Buffer.from([sensor, mask & 0x3f, ...values.subarray(0, 6)]),
    decode: () => undefined,
  };
}
