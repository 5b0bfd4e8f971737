import { readerOf } from "../codec/reader";
import { type Timestamp, timestampOf } from "../codec/timestamp";
import { type Command, NetFn, noData } from "./command";

/** What every command of the event log answers while the log is being erased. */
export const ERASING: Readonly<Record<number, string>> = { 0x81: "the event log is being erased" };

/** The state of the system event log. */
export interface SelInfo {
  /** Of the command set, such as `1.5`; it did not change with IPMI 2.0. */
  readonly version: string;
  readonly entries: number;
  /** 65535 stands for that many or more. */
  readonly freeBytes: number;
  readonly lastAdded: Timestamp;
  /** When entries were last deleted. */
  readonly lastErased: Timestamp;
  /** Events were dropped because the log was full. */
  readonly overflow: boolean;
  readonly supports: readonly SelFunction[];
}

/** In the order of their bits. */
const FUNCTIONS = ["allocation-info", "reserve", "partial-add", "delete"] as const;
export type SelFunction = (typeof FUNCTIONS)[number];

/** Get SEL Info, IPMI 2.0 section 31.2. Needs user. */
export const getSelInfo: Command<SelInfo> = {
  name: "Get SEL Info",
  netFn: NetFn.storage,
  code: 0x40,
  data: noData,
  completionCodes: ERASING,
  decode(data) {
    const reader = readerOf(data, "Get SEL Info");
    const version = reader.u8();
    const entries = reader.u16();
    const freeBytes = reader.u16();
    const lastAdded = timestampOf(reader.u32());
    const lastErased = timestampOf(reader.u32());
    const support = reader.u8();
    return {
      version: `${(version & 0x0f).toString(16)}.${(version >> 4).toString(16)}`,
      entries,
      freeBytes,
      lastAdded,
      lastErased,
      overflow: (support & 0x80) !== 0,
      supports: FUNCTIONS.filter((_, n) => ((support >> n) & 1) === 1),
    };
  },
};
