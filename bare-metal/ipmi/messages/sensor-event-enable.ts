import { readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";

/** Which events a sensor sends. */
export interface EventEnable {
  /** Whether it sends any. */
  readonly events: boolean;
  /** Whether it is read at all. */
  readonly scanning: boolean;
  /** Bit n: the event of offset n is sent when it begins. 0 where the BMC says nothing of it. */
  readonly assertions: number;
  /** Bit n: the event of offset n is sent when it ends. */
  readonly deassertions: number;
}

/**
 * Get Sensor Event Enable, IPMI 2.0 section 35.11. Needs user. A BMC may leave out the bytes that say nothing.
 * @param sensor 0 to 254
 * @param lun of the sensor, 0 to 3
 */
export function getSensorEventEnable(sensor: number, lun: number): Command<EventEnable> {
  return {
    name: "Get Sensor Event Enable",
    netFn: NetFn.sensor,
    code: 0x29,
    lun,
    data: Buffer.from([sensor]),
    decode(data) {
      const reader = readerOf(data, "Get Sensor Event Enable");
      const flags = reader.u8();
      const optional = () => (reader.left > 0 ? reader.u8() : 0);
      const mask = () => (optional() | (optional() << 8)) & 0x7fff;
      return {
        events: (flags & 0x80) !== 0,
        scanning: (flags & 0x40) !== 0,
        assertions: mask(),
        deassertions: mask(),
      };
    },
  };
}
