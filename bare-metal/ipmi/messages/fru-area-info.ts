import { readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";

/** How large a FRU's memory is, and how it is addressed. */
export interface FruAreaInfo {
  /** Bytes, 0 to 65535. */
  readonly size: number;
  /** Offsets and counts on the wire are in words of two bytes. */
  readonly byWords: boolean;
}

/** Get FRU Inventory Area Info, IPMI 2.0 section 34.1. Needs user. @param device 0 to 254 */
export function getFruAreaInfo(device: number): Command<FruAreaInfo> {
  return {
    name: "Get FRU Inventory Area Info",
    netFn: NetFn.storage,
    code: 0x10,
    data: Buffer.from([device]),
    decode(data) {
      const reader = readerOf(data, "Get FRU Inventory Area Info");
      return { size: reader.u16(), byWords: (reader.u8() & 1) === 1 };
    },
  };
}
