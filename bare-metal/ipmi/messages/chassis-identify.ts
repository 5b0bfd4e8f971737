import { type Command, NetFn } from "./command";

/**
 * Chassis Identify, IPMI 2.0 section 28.5. Needs operator.
 * @param duration seconds, 0 (off) to 255, or `force`: on until told otherwise
 */
export function chassisIdentify(duration: number | "force"): Command<void> {
  return {
    name: "Chassis Identify",
    netFn: NetFn.chassis,
    code: 0x04,
    data: duration === "force" ? Buffer.from([0, 1]) : Buffer.from([duration]),
    decode() {
      // The answer holds a completion code only.
    },
  };
}
