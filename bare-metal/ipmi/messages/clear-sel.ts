import { readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";

const INITIATE = 0xaa;
const STATUS = 0x00;

/**
 * Clear SEL, IPMI 2.0 section 31.9. Needs operator.
 * @param what `erase` begins, `status` asks how far it is
 * @returns whether all is erased
 */
export function clearSel(reservation: number, what: "erase" | "status"): Command<boolean> {
  const data = Buffer.from([0, 0, 0x43, 0x4c, 0x52, what === "erase" ? INITIATE : STATUS]);
  data.writeUInt16LE(reservation, 0);
  return {
    name: "Clear SEL",
    netFn: NetFn.storage,
    code: 0x47,
    data,
    decode: (reply) => (readerOf(reply, "Clear SEL").u8() & 0x0f) === 1,
  };
}
