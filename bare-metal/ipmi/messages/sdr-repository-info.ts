import { readerOf } from "../codec/reader";
import { type Timestamp, timestampOf } from "../codec/timestamp";
import { type Command, NetFn, noData } from "./command";

/** The state of the SDR repository. */
export interface SdrRepositoryInfo {
  /** Of the command set, such as `1.5`. */
  readonly version: string;
  readonly records: number;
  /** 65534 stands for that many or more; undefined where the BMC does not say. */
  readonly freeBytes: number | undefined;
  readonly lastAdded: Timestamp;
  /** When records were last deleted. */
  readonly lastErased: Timestamp;
  /** A record was dropped because the repository was full. */
  readonly overflow: boolean;
  readonly supports: readonly SdrFunction[];
}

/** In the order of their bits. */
const FUNCTIONS = [
  "allocation-info",
  "reserve",
  "partial-add",
  "delete",
  undefined,
  "non-modal-update",
  "modal-update",
] as const;
export type SdrFunction = Exclude<(typeof FUNCTIONS)[number], undefined>;

const UNSPECIFIED = 0xffff;

/** Get SDR Repository Info, IPMI 2.0 section 33.9. Needs user. */
export const getSdrRepositoryInfo: Command<SdrRepositoryInfo> = {
  name: "Get SDR Repository Info",
  netFn: NetFn.storage,
  code: 0x20,
  data: noData,
  decode(data) {
    const reader = readerOf(data, "Get SDR Repository Info");
    const version = reader.u8();
    const records = reader.u16();
    const free = reader.u16();
    const lastAdded = timestampOf(reader.u32());
    const lastErased = timestampOf(reader.u32());
    const support = reader.u8();
    return {
      version: `${(version & 0x0f).toString(16)}.${(version >> 4).toString(16)}`,
      records,
      freeBytes: free === UNSPECIFIED ? undefined : free,
      lastAdded,
      lastErased,
      overflow: (support & 0x80) !== 0,
      supports: FUNCTIONS.flatMap((name, n) => (name !== undefined && (support >> n) & 1 ? [name] : [])),
    };
  },
};
