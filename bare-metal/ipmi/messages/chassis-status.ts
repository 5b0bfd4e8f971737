import { readerOf } from "../codec/reader";
import { type Command, NetFn, noData } from "./command";

/** What the chassis reports about itself. */
export interface ChassisStatus {
  readonly power: "on" | "off";
  readonly powerOverload: boolean;
  readonly interlock: boolean;
  readonly powerFault: boolean;
  readonly powerControlFault: boolean;
  /** What the machine does when mains power returns. */
  readonly restorePolicy: "off" | "previous" | "on" | "unknown";
  /** What last took power away or gave it, as far as the BMC knows. */
  readonly lastPowerEvent: readonly PowerEvent[];
  readonly intrusion: boolean;
  readonly frontPanelLockout: boolean;
  readonly driveFault: boolean;
  readonly coolingFault: boolean;
  /** Undefined when the BMC does not report it. */
  readonly identify: "off" | "timed" | "on" | "reserved" | undefined;
}

export type PowerEvent = "ac-failed" | "overload" | "interlock" | "fault" | "on-by-ipmi";

const POLICIES = ["off", "previous", "on", "unknown"] as const;
const EVENTS: readonly PowerEvent[] = ["ac-failed", "overload", "interlock", "fault", "on-by-ipmi"];
const IDENTIFY = ["off", "timed", "on", "reserved"] as const;

/** Get Chassis Status, IPMI 2.0 section 28.2. The front panel byte is optional and not read. */
export const getChassisStatus: Command<ChassisStatus> = {
  name: "Get Chassis Status",
  netFn: NetFn.chassis,
  code: 0x01,
  data: noData,
  decode(data) {
    const reader = readerOf(data, "Get Chassis Status");
    const power = reader.u8();
    const event = reader.u8();
    const misc = reader.u8();
    const bit = (byte: number, n: number) => ((byte >> n) & 1) === 1;
    return {
      power: bit(power, 0) ? "on" : "off",
      powerOverload: bit(power, 1),
      interlock: bit(power, 2),
      powerFault: bit(power, 3),
      powerControlFault: bit(power, 4),
      restorePolicy: POLICIES[(power >> 5) & 3] ?? "unknown",
      lastPowerEvent: EVENTS.filter((_, n) => bit(event, n)),
      intrusion: bit(misc, 0),
      frontPanelLockout: bit(misc, 1),
      driveFault: bit(misc, 2),
      coolingFault: bit(misc, 3),
      identify: bit(misc, 6) ? IDENTIFY[(misc >> 4) & 3] : undefined,
    };
  },
};
