import { readerOf } from "../codec/reader";
import { type Command, NetFn, noData } from "./command";

/** How the event log's storage is divided. Sizes in allocation units but for `unitBytes`. */
export interface SelAllocationInfo {
  /** Undefined where the BMC does not say. */
  readonly units: number | undefined;
  /** Undefined where the BMC does not say. */
  readonly unitBytes: number | undefined;
  readonly freeUnits: number;
  readonly largestFreeBlock: number;
  readonly largestRecord: number;
}

/** Get SEL Allocation Info, IPMI 2.0 section 31.3. Needs user. */
export const getSelAllocationInfo: Command<SelAllocationInfo> = {
  name: "Get SEL Allocation Info",
  netFn: NetFn.storage,
  code: 0x41,
  data: noData,
  decode(data) {
    const reader = readerOf(data, "Get SEL Allocation Info");
    return {
      units: reader.u16() || undefined,
      unitBytes: reader.u16() || undefined,
      freeUnits: reader.u16(),
      largestFreeBlock: reader.u16(),
      largestRecord: reader.u8(),
    };
  },
};
