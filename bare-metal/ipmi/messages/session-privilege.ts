import { readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";

/** Privilege level numbers (IPMI 2.0 table 22-16). */
export const PRIVILEGE_LEVELS = { user: 2, operator: 3, administrator: 4 } as const;

/** Set Session Privilege Level, IPMI 2.0 section 22.18. Answers the level that holds from now on. */
export function setSessionPrivilege(level: number): Command<number> {
  return {
    name: "Set Session Privilege Level",
    netFn: NetFn.app,
    code: 0x3b,
    data: Buffer.from([level]),
    completionCodes: {
      0x80: "requested level not available for this user",
      0x81: "requested level exceeds the user's or the channel's limit",
      0x82: "user level authentication cannot be disabled",
    },
    decode: (data) => readerOf(data, "Set Session Privilege Level").u8() & 0x0f,
  };
}
