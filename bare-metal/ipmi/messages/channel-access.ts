import { readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";
import { privilegeLevel, privilegeName, type PrivilegeName } from "./privilege-levels";

const MODES = ["disabled", "pre-boot", "always", "shared"] as const;
/** Which of the two copies: the one in force, or the one that is loaded at a restart of the BMC. */
export type AccessCopy = "active" | "stored";

/** Who may use a channel, and how. */
export interface ChannelAccess {
  /** When the channel can be used. */
  readonly mode: (typeof MODES)[number] | "reserved";
  readonly alerting: boolean;
  /** IPMI 1.5: whether each message is authenticated. RMCP+ sessions have their own ways. */
  readonly perMessageAuthentication: boolean;
  readonly userLevelAuthentication: boolean;
  /** Highest privilege that a session over the channel may have. */
  readonly privilege: PrivilegeName;
}

export interface SettableChannelAccess extends ChannelAccess {
  readonly mode: (typeof MODES)[number];
}

const GET = "Get Channel Access";
const NO_ALERTING = 0x20;
const NO_MESSAGE_AUTHENTICATION = 0x10;
const NO_USER_AUTHENTICATION = 0x08;
const STORED = 0x40;
const ACTIVE = 0x80;

/** Get Channel Access, IPMI 2.0 section 22.23. Needs user. @param channel 14: the one that is asked over */
export function getChannelAccess(channel: number, copy: AccessCopy): Command<ChannelAccess> {
  return {
    name: GET,
    netFn: NetFn.app,
    code: 0x41,
    data: Buffer.from([channel, bitsOf(copy)]),
    completionCodes: { 0x82: "command not supported for this channel, which has no sessions" },
    decode(data) {
      const reader = readerOf(data, GET);
      const bits = reader.u8();
      return {
        mode: MODES[bits & 0x07] ?? "reserved",
        alerting: (bits & NO_ALERTING) === 0,
        perMessageAuthentication: (bits & NO_MESSAGE_AUTHENTICATION) === 0,
        userLevelAuthentication: (bits & NO_USER_AUTHENTICATION) === 0,
        privilege: privilegeName(reader.u8()),
      };
    },
  };
}

/** Set Channel Access, IPMI 2.0 section 22.22. Needs administrator. */
export function setChannelAccess(
  channel: number,
  copy: AccessCopy,
  access: SettableChannelAccess,
): Command<void> {
  const bits =
    MODES.indexOf(access.mode) |
    (access.alerting ? 0 : NO_ALERTING) |
    (access.perMessageAuthentication ? 0 : NO_MESSAGE_AUTHENTICATION) |
    (access.userLevelAuthentication ? 0 : NO_USER_AUTHENTICATION);
  return {
    name: "Set Channel Access",
    netFn: NetFn.app,
    code: 0x40,
    data: Buffer.from([channel, bitsOf(copy) | bits, bitsOf(copy) | privilegeLevel(access.privilege)]),
    completionCodes: {
      0x82: "set not supported on this channel",
      0x83: "access mode not supported",
    },
    decode() {
      // The answer holds a completion code only.
    },
  };
}

function bitsOf(copy: AccessCopy): number {
  return copy === "active" ? ACTIVE : STORED;
}
