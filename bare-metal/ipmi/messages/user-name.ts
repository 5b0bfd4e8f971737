import { readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";

const GET = "Get User Name";
/** Bytes of a name on the wire; a shorter one is filled up with zeros. */
const LENGTH = 16;

/** Get User Name, IPMI 2.0 section 22.29. Needs operator. Empty where the user has no name. */
export function getUserName(user: number): Command<string> {
  return {
    name: GET,
    netFn: NetFn.app,
    code: 0x46,
    data: Buffer.from([user]),
    decode(data) {
      const bytes = readerOf(data, GET).copy(LENGTH);
      const end = bytes.indexOf(0);
      // Some BMCs fill unused names with FFh, which is no character.
      const name = bytes.subarray(0, end === -1 ? LENGTH : end);
      return name.every((byte) => byte === 0xff) ? "" : name.toString("utf8");
    },
  };
}

/** Set User Name, IPMI 2.0 section 22.28. Needs administrator. @param name at most 16 bytes; empty removes it */
export function setUserName(user: number, name: string): Command<void> {
  const field = Buffer.alloc(LENGTH);
  field.write(name);
  return {
    name: "Set User Name",
    netFn: NetFn.app,
    code: 0x45,
    data: Buffer.concat([Buffer.from([user]), field]),
    decode() {
      // The answer holds a completion code only.
    },
  };
}
