import { readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";

/** The sensors of a device that keeps its SDRs itself. */
export interface DeviceSdrInfo {
  /** Records of the whole device. */
  readonly records: number;
  /** Whether sensors come and go while the device runs. */
  readonly dynamic: boolean;
  /** Logical units that have sensors, 0 to 3. */
  readonly luns: readonly number[];
  /** Changes whenever sensors come or go; undefined for a device whose sensors stay. */
  readonly changes: number | undefined;
}

const COUNT_RECORDS = 0x01;

/** Get Device SDR Info, IPMI 2.0 section 35.2. Needs user. */
export const getDeviceSdrInfo: Command<DeviceSdrInfo> = {
  name: "Get Device SDR Info",
  netFn: NetFn.sensor,
  code: 0x20,
  data: Buffer.from([COUNT_RECORDS]),
  decode(data) {
    const reader = readerOf(data, "Get Device SDR Info");
    const records = reader.u8();
    const flags = reader.u8();
    const dynamic = (flags & 0x80) !== 0;
    return {
      records,
      dynamic,
      luns: [0, 1, 2, 3].filter((lun) => ((flags >> lun) & 1) === 1),
      changes: dynamic ? reader.u32() : undefined,
    };
  },
};
