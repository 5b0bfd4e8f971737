import { readerOf } from "../codec/reader";
import { type Command, NetFn, noData } from "./command";

const CAUSES = [
  "unknown",
  "chassis-control",
  "reset-button",
  "power-button",
  "watchdog",
  "oem",
  "power-restored-always",
  "power-restored-previous",
  "event-filter-reset",
  "event-filter-cycle",
  "soft-reset",
  "rtc-wake",
] as const;

export interface RestartCause {
  /** `reserved` for a number that the specification does not name. */
  readonly cause: (typeof CAUSES)[number] | "reserved";
  /** Channel that the command came over, 0 to 255. */
  readonly channel: number;
}

/** Get System Restart Cause, IPMI 2.0 section 28.11. Needs user. */
export const getRestartCause: Command<RestartCause> = {
  name: "Get System Restart Cause",
  netFn: NetFn.chassis,
  code: 0x07,
  data: noData,
  decode(data) {
    const reader = readerOf(data, "Get System Restart Cause");
    const cause = CAUSES[reader.u8() & 0x0f] ?? "reserved";
    return { cause, channel: reader.u8() };
  },
};
