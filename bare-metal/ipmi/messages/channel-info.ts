import { readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";

/** IPMI 2.0 table 6-3. */
const MEDIA = [
  "reserved",
  "IPMB",
  "ICMB 1.0",
  "ICMB 0.9",
  "802.3 LAN",
  "serial/modem",
  "other LAN",
  "PCI SMBus",
  "SMBus 1.0/1.1",
  "SMBus 2.0",
  "USB 1.x",
  "USB 2.x",
  "system interface",
];
const SESSIONS = ["none", "single", "multiple", "switchable"] as const;

/** What a channel is. */
export interface ChannelInfo {
  /** 0 to 15. */
  readonly channel: number;
  /** In words, `OEM` or `reserved` for others. */
  readonly medium: string;
  /** Protocol number of table 6-2; 1 is IPMB-1.0, which LAN channels have too. */
  readonly protocol: number;
  readonly sessions: (typeof SESSIONS)[number];
  /** Sessions on the channel, 0 to 63. */
  readonly activeSessions: number;
  /** IANA number of who defined the protocol; 7154 is IPMI itself. */
  readonly vendor: number;
}

const NAME = "Get Channel Info";

/** Get Channel Info, IPMI 2.0 section 22.24. Needs user. @param channel 14: the one that is asked over */
export function getChannelInfo(channel: number): Command<ChannelInfo> {
  return {
    name: NAME,
    netFn: NetFn.app,
    code: 0x42,
    data: Buffer.from([channel]),
    decode(data) {
      const reader = readerOf(data, NAME);
      const number = reader.u8() & 0x0f;
      const medium = reader.u8() & 0x7f;
      const protocol = reader.u8() & 0x1f;
      const sessions = reader.u8();
      return {
        channel: number,
        medium: MEDIA[medium] ?? (medium >= 0x60 ? "OEM" : "reserved"),
        protocol,
        sessions: SESSIONS[sessions >> 6] ?? "none",
        activeSessions: sessions & 0x3f,
        vendor: reader.u24(),
      };
    },
  };
}
