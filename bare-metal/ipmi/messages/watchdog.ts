import { readerOf } from "../codec/reader";
import { type Command, NetFn, noData } from "./command";

/** What the timer guards; part of the event that it logs. In the order of their numbers. */
const USES = [undefined, "bios-frb2", "bios-post", "os-load", "sms-os", "oem"] as const;
export type WatchdogUse = Exclude<(typeof USES)[number], undefined>;

const ACTIONS = ["none", "reset", "power-down", "power-cycle"] as const;
export type WatchdogAction = (typeof ACTIONS)[number];

const INTERRUPTS = ["none", "smi", "nmi", "messaging"] as const;
export type WatchdogInterrupt = (typeof INTERRUPTS)[number];

export const WATCHDOG_USES = USES.filter((use) => use !== undefined);
export const WATCHDOG_ACTIONS: readonly WatchdogAction[] = ACTIONS;
export const WATCHDOG_INTERRUPTS: readonly WatchdogInterrupt[] = INTERRUPTS;

/** How the timer is set. */
export interface WatchdogSettings {
  readonly use: WatchdogUse;
  /** What happens when it runs out. */
  readonly action: WatchdogAction;
  /** What happens `preTimeout` before. */
  readonly interrupt: WatchdogInterrupt;
  /** Seconds, 0 to 255. */
  readonly preTimeout: number;
  /** Milliseconds from start to end, in steps of 100; up to 6,553,500. */
  readonly countdown: number;
  /** Whether running out is logged. */
  readonly logs: boolean;
}

/** The timer as it is. `reserved` stands for numbers that the specification does not name. */
export interface WatchdogTimer extends Omit<WatchdogSettings, "use" | "action" | "interrupt"> {
  readonly use: WatchdogUse | "reserved";
  readonly action: WatchdogAction | "reserved";
  readonly interrupt: WatchdogInterrupt | "reserved";
  readonly running: boolean;
  /** Uses under which it ran out since the flags were cleared. */
  readonly expired: readonly WatchdogUse[];
  /** Milliseconds that are left. */
  readonly left: number;
}

const DO_NOT_LOG = 0x80;
/** In a request: the timer goes on. In an answer: it runs. */
const RUNNING = 0x40;
/** Milliseconds of one count. */
const COUNT = 100;

/** Get Watchdog Timer, IPMI 2.0 section 27.7. Needs user. */
export const getWatchdogTimer: Command<WatchdogTimer> = {
  name: "Get Watchdog Timer",
  netFn: NetFn.app,
  code: 0x25,
  data: noData,
  decode(data) {
    const reader = readerOf(data, "Get Watchdog Timer");
    const use = reader.u8();
    const actions = reader.u8();
    const preTimeout = reader.u8();
    const expired = reader.u8();
    return {
      use: USES[use & 0x07] ?? "reserved",
      logs: (use & DO_NOT_LOG) === 0,
      running: (use & RUNNING) !== 0,
      action: ACTIONS[actions & 0x07] ?? "reserved",
      interrupt: INTERRUPTS[(actions >> 4) & 0x07] ?? "reserved",
      preTimeout,
      expired: WATCHDOG_USES.filter((name) => ((expired >> USES.indexOf(name)) & 1) === 1),
      countdown: reader.u16() * COUNT,
      left: reader.u16() * COUNT,
    };
  },
};

/**
 * Set Watchdog Timer, IPMI 2.0 section 27.6. Needs operator. Stops the timer unless `keepRunning`, and clears the
 * expiration flag of `settings.use`.
 */
export function setWatchdogTimer(settings: WatchdogSettings, keepRunning: boolean): Command<void> {
  const use = USES.indexOf(settings.use);
  const counts = Math.round(settings.countdown / COUNT);
  return {
    name: "Set Watchdog Timer",
    netFn: NetFn.app,
    code: 0x24,
    data: Buffer.from([
      use | (settings.logs ? 0 : DO_NOT_LOG) | (keepRunning ? RUNNING : 0),
      ACTIONS.indexOf(settings.action) | (INTERRUPTS.indexOf(settings.interrupt) << 4),
      settings.preTimeout,
      1 << use,
      counts & 0xff,
      counts >> 8,
    ]),
    decode() {
      // The answer holds a completion code only.
    },
  };
}

/** Reset Watchdog Timer, IPMI 2.0 section 27.5. Needs operator. Starts the timer, or starts it afresh. */
export const resetWatchdogTimer: Command<void> = {
  name: "Reset Watchdog Timer",
  netFn: NetFn.app,
  code: 0x22,
  data: noData,
  completionCodes: { 0x80: "the timer was never set since the BMC started" },
  decode() {
    // The answer holds a completion code only.
  },
};
