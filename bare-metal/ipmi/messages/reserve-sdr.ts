import { readerOf } from "../codec/reader";
import { type Command, NetFn, noData } from "./command";

/**
 * Reserve SDR Repository, IPMI 2.0 section 33.11. Needs user. The answer is the reservation: reads in parts that
 * are given it fail with C5h once records changed their ids, or another party reserved the repository.
 */
export const reserveSdrRepository: Command<number> = {
  name: "Reserve SDR Repository",
  netFn: NetFn.storage,
  code: 0x22,
  data: noData,
  decode: (data) => readerOf(data, "Reserve SDR Repository").u16(),
};

/** Reserve Device SDR Repository, IPMI 2.0 section 35.4. Needs user. As above, for a device that keeps its SDRs itself. */
export const reserveDeviceSdrRepository: Command<number> = {
  name: "Reserve Device SDR Repository",
  netFn: NetFn.sensor,
  code: 0x22,
  data: noData,
  decode: (data) => readerOf(data, "Reserve Device SDR Repository").u16(),
};
