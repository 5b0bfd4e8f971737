import { readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";

/** Payload types that a user may activate on a channel. */
export interface UserPayloadAccess {
  /** Serial over LAN, standard payload type 1. */
  readonly sol: boolean;
  /** Standard payload types 0 to 7, by bits; bit 0 (IPMI messages) is reserved. */
  readonly standard: number;
  /** OEM payload types 20h to 27h, by bits. */
  readonly oem: number;
}

const GET = "Get User Payload Access";
const SOL = 0x02;
const DISABLE = 0x40;

/** Get User Payload Access, IPMI 2.0 section 24.7. Needs operator. */
export function getUserPayloadAccess(channel: number, user: number): Command<UserPayloadAccess> {
  return {
    name: GET,
    netFn: NetFn.app,
    code: 0x4d,
    data: Buffer.from([channel, user]),
    decode(data) {
      const reader = readerOf(data, GET);
      const standard = reader.u8();
      reader.skip(1);
      return { sol: (standard & SOL) !== 0, standard, oem: reader.u8() };
    },
  };
}

/** Set User Payload Access, IPMI 2.0 section 24.6: allows or forbids serial over LAN. Needs administrator. */
export function setUserPayloadAccess(channel: number, user: number, sol: boolean): Command<void> {
  return {
    name: "Set User Payload Access",
    netFn: NetFn.app,
    code: 0x4c,
    data: Buffer.from([channel, user | (sol ? 0 : DISABLE), SOL, 0, 0, 0]),
    decode() {
      // The answer holds a completion code only.
    },
  };
}
