import { readerOf } from "../codec/reader";
import { type Command, NetFn, noData } from "./command";

/**
 * Get System GUID, IPMI 2.0 section 22.14. Needs user.
 * 32 lower-case hex digits, the bytes in the order in which they were sent. The specification sends the least
 * significant byte of a UUID first, vendors do not agree: no byte is moved here, so that two reads compare.
 */
export const getSystemGuid: Command<string> = {
  name: "Get System GUID",
  netFn: NetFn.app,
  code: 0x37,
  data: noData,
  decode(data) {
    return readerOf(data, "Get System GUID").copy(16).toString("hex");
  },
};
