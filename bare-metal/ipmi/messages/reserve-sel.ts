import { readerOf } from "../codec/reader";
import { type Command, NetFn, noData } from "./command";
import { ERASING } from "./sel-info";

/**
 * Reserve SEL, IPMI 2.0 section 31.4. Needs user. The answer is the reservation: what it is given to fails with
 * C5h once an entry was added or deleted, or another party reserved the log.
 */
export const reserveSel: Command<number> = {
  name: "Reserve SEL",
  netFn: NetFn.storage,
  code: 0x42,
  data: noData,
  completionCodes: ERASING,
  decode: (data) => readerOf(data, "Reserve SEL").u16(),
};
