import type { Command } from "./command";
import { dcmiCommand } from "./dcmi";

/** What happens when the limit is exceeded for longer than the correction time. */
export type PowerLimitAction = "none" | "power-off" | "log";

/** A limit of what the machine may draw. */
export interface PowerLimit {
  /** Watts, 1 to 65535. */
  readonly watts: number;
  /** Milliseconds that it may be exceeded. */
  readonly correctionTime: number;
  /** Seconds over which power is sampled. */
  readonly samplingPeriod: number;
  /** `oem` and `reserved` are read only. */
  readonly action: PowerLimitAction | "oem" | "reserved";
  /** Whether it is in force. */
  readonly active: boolean;
}

/** Set, and not in force; some BMCs say it of a limit that was never set, and send no more. */
const NOT_ACTIVE = 0x80;
const ACTIONS: Readonly<Record<PowerLimitAction, number>> = { none: 0x00, "power-off": 0x01, log: 0x11 };

export const POWER_LIMIT_ACTIONS = Object.keys(ACTIONS) as readonly PowerLimitAction[];

/** Get Power Limit, DCMI 1.5 section 6.6.2. Needs user. Undefined where none is set. */
export const getPowerLimit: Command<PowerLimit | undefined> = dcmiCommand({
  name: "Get Power Limit",
  code: 0x03,
  data: [0, 0],
  alsoAnswers: [NOT_ACTIVE],
  read(reader, completion) {
    const active = completion !== NOT_ACTIVE;
    if (!active && reader.left === 0) return undefined;
    reader.skip(2);
    const action = actionOf(reader.u8());
    const watts = reader.u16();
    const correctionTime = reader.u32();
    reader.skip(2);
    return { watts, correctionTime, samplingPeriod: reader.u16(), action, active };
  },
});

/** Set Power Limit, DCMI 1.5 section 6.6.3. Needs operator. In force once it is activated. */
export function setPowerLimit(
  limit: Omit<PowerLimit, "action" | "active"> & { action: PowerLimitAction },
): Command<void> {
  const data = Buffer.alloc(14);
  data.writeUInt8(ACTIONS[limit.action], 3);
  data.writeUInt16LE(limit.watts, 4);
  data.writeUInt32LE(limit.correctionTime, 6);
  data.writeUInt16LE(limit.samplingPeriod, 12);
  return dcmiCommand({
    name: "Set Power Limit",
    code: 0x04,
    data,
    completionCodes: {
      0x84: "power limit out of range",
      0x85: "correction time out of range",
      0x89: "sampling period out of range",
    },
    read() {
      // Nothing follows.
    },
  });
}

/** Activate/Deactivate Power Limit, DCMI 1.5 section 6.6.4. Needs operator. */
export function activatePowerLimit(active: boolean): Command<void> {
  return dcmiCommand({
    name: "Activate/Deactivate Power Limit",
    code: 0x05,
    data: [active ? 1 : 0, 0, 0],
    read() {
      // Nothing follows.
    },
  });
}

function actionOf(code: number): PowerLimit["action"] {
  const known = POWER_LIMIT_ACTIONS.find((name) => ACTIONS[name] === code);
  if (known !== undefined) return known;
  return code >= 0x02 && code <= 0x10 ? "oem" : "reserved";
}
