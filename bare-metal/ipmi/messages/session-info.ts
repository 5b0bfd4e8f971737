import { type Reader, readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";
import { privilegeName, type PrivilegeName } from "./privilege-levels";

/** A session as the BMC sees it, and how many there are. */
export interface SessionInfo {
  /** 0 to 255; 0 if the question named a session that is not there. */
  readonly handle: number;
  /** Sessions that the BMC can hold, 0 to 63. */
  readonly possible: number;
  /** Sessions that it holds, 0 to 63. */
  readonly active: number;
  /** Undefined if there is no such session. */
  readonly session: ActiveSession | undefined;
}

export interface ActiveSession {
  /** User ID, 0 to 63; 0 while a session is being opened. */
  readonly user: number;
  readonly privilege: PrivilegeName;
  readonly protocol: "ipmi-1.5" | "ipmi-2.0" | "other";
  readonly channel: number;
  /** Of a session over LAN, where the BMC tells. */
  readonly console: { readonly address: string; readonly mac: string; readonly port: number } | undefined;
}

const NAME = "Get Session Info";
const CURRENT = 0x00;
const PROTOCOLS = ["ipmi-1.5", "ipmi-2.0"] as const;

/**
 * Get Session Info, IPMI 2.0 section 22.20. Needs user.
 * @param which 1 and on: the nth of the active sessions, in the BMC's own order. Default: the one that asks
 */
export function getSessionInfo(which: number | "current" = "current"): Command<SessionInfo> {
  return {
    name: NAME,
    netFn: NetFn.app,
    code: 0x3d,
    data: Buffer.from([which === "current" ? CURRENT : which]),
    decode(data) {
      const reader = readerOf(data, NAME);
      const [handle, possible, active] = [reader.u8(), reader.u8() & 0x3f, reader.u8() & 0x3f];
      return { handle, possible, active, session: reader.left > 0 ? activeSession(reader) : undefined };
    },
  };
}

function activeSession(reader: Reader): ActiveSession {
  const user = reader.u8() & 0x3f;
  const privilege = privilegeName(reader.u8());
  const place = reader.u8();
  return {
    user,
    privilege,
    protocol: PROTOCOLS[place >> 4] ?? "other",
    channel: place & 0x0f,
    console: reader.left >= 12 ? consoleOf(reader) : undefined,
  };
}

function consoleOf(reader: Reader): NonNullable<ActiveSession["console"]> {
  const address = [...reader.copy(4)].join(".");
  const mac = [...reader.copy(6)].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
  return { address, mac, port: reader.u16() };
}
