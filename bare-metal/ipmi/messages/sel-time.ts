import { readerOf } from "../codec/reader";
import { type Command, NetFn, noData } from "./command";

const UNSPECIFIED_OFFSET = 0x07ff;

/** Get SEL Time, IPMI 2.0 section 31.10. Needs user. Seconds as in section 37. */
export const getSelTime: Command<number> = {
  name: "Get SEL Time",
  netFn: NetFn.storage,
  code: 0x48,
  data: noData,
  decode: (data) => readerOf(data, "Get SEL Time").u32(),
};

/**
 * Set SEL Time, IPMI 2.0 section 31.11. Needs operator. Makes the offset from UTC unspecified.
 * @param seconds since 1970
 */
export function setSelTime(seconds: number): Command<void> {
  const data = Buffer.alloc(4);
  data.writeUInt32LE(seconds);
  return {
    name: "Set SEL Time",
    netFn: NetFn.storage,
    code: 0x49,
    data,
    decode() {
      // The answer holds a completion code only.
    },
  };
}

/**
 * Get SEL Time UTC Offset, IPMI 2.0 section 31.11a. Needs user.
 * Minutes to add to UTC, -1440 to 1440; undefined where the BMC's clock is local time of nowhere in particular.
 */
export const getSelTimeUtcOffset: Command<number | undefined> = {
  name: "Get SEL Time UTC Offset",
  netFn: NetFn.storage,
  code: 0x5c,
  data: noData,
  decode(data) {
    const offset = readerOf(data, "Get SEL Time UTC Offset").u16();
    return offset === UNSPECIFIED_OFFSET ? undefined : (offset << 16) >> 16;
  },
};

/**
 * Set SEL Time UTC Offset, IPMI 2.0 section 31.11b. Needs operator.
 * @param minutes -1440 to 1440, undefined for unspecified
 */
export function setSelTimeUtcOffset(minutes: number | undefined): Command<void> {
  const data = Buffer.alloc(2);
  data.writeInt16LE(minutes ?? UNSPECIFIED_OFFSET);
  return {
    name: "Set SEL Time UTC Offset",
    netFn: NetFn.storage,
    code: 0x5d,
    data,
    decode() {
      // The answer holds a completion code only.
    },
  };
}
