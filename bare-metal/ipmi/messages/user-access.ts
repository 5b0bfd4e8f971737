import { readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";
import { privilegeLevel, privilegeName, type PrivilegeName } from "./privilege-levels";

/** What one user may do on one channel, and how many users there are. */
export interface UserAccess {
  /** Highest user ID, 1 to 63. */
  readonly slots: number;
  /** Users that are enabled, as the BMC counts them. */
  readonly enabledUsers: number;
  /** User IDs from 1 on whose names cannot be changed, 0 to 63. */
  readonly fixedNames: number;
  /** Undefined where the BMC does not tell: IPMI 1.5, and some of 2.0. */
  readonly enabled: boolean | undefined;
  readonly callbackOnly: boolean;
  readonly linkAuthentication: boolean;
  /** Whether the user may log in over the channel by IPMI. */
  readonly ipmiMessaging: boolean;
  readonly privilege: PrivilegeName;
}

/** The part of a user's access that can be set. */
export type SettableAccess = Pick<
  UserAccess,
  "callbackOnly" | "linkAuthentication" | "ipmiMessaging" | "privilege"
>;

const GET = "Get User Access";
const CHANGE_BITS = 0x80;
/** By the two bits of section 22.27, byte 2. */
const STATUS = [undefined, true, false, undefined] as const;

/** Get User Access, IPMI 2.0 section 22.27. Needs operator. @param channel 14: the one that is asked over */
export function getUserAccess(channel: number, user: number): Command<UserAccess> {
  return {
    name: GET,
    netFn: NetFn.app,
    code: 0x44,
    data: Buffer.from([channel, user]),
    decode(data) {
      const reader = readerOf(data, GET);
      const [slots, enabled, fixed, access] = [reader.u8(), reader.u8(), reader.u8(), reader.u8()];
      return {
        slots: slots & 0x3f,
        enabledUsers: enabled & 0x3f,
        fixedNames: fixed & 0x3f,
        enabled: STATUS[enabled >> 6],
        callbackOnly: (access & 0x40) !== 0,
        linkAuthentication: (access & 0x20) !== 0,
        ipmiMessaging: (access & 0x10) !== 0,
        privilege: privilegeName(access),
      };
    },
  };
}

/** Set User Access, IPMI 2.0 section 22.26. Needs administrator. The limit on sessions stays the channel's. */
export function setUserAccess(channel: number, user: number, access: SettableAccess): Command<void> {
  const bits =
    CHANGE_BITS |
    (access.callbackOnly ? 0x40 : 0) |
    (access.linkAuthentication ? 0x20 : 0) |
    (access.ipmiMessaging ? 0x10 : 0);
  return {
    name: "Set User Access",
    netFn: NetFn.app,
    code: 0x43,
    data: Buffer.from([bits | channel, user, privilegeLevel(access.privilege)]),
    decode() {
      // The answer holds a completion code only.
    },
  };
}
