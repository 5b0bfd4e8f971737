import { IpmiArgumentError } from "../errors";
import type { CommandRunner } from "../messages/runner";
import {
  getWatchdogTimer,
  resetWatchdogTimer,
  setWatchdogTimer,
  WATCHDOG_ACTIONS,
  WATCHDOG_INTERRUPTS,
  WATCHDOG_USES,
  type WatchdogSettings,
  type WatchdogTimer,
} from "../messages/watchdog";

/** What is not told: log, use by the operating system, no interrupt before. */
const DEFAULTS = { use: "sms-os", interrupt: "none", preTimeout: 0, logs: true } as const;
const LONGEST = 0xffff * 100;

/** Enough to set a timer: the action, the time, and what differs from the defaults. */
export type WatchdogChoice = Pick<WatchdogSettings, "action" | "countdown"> & Partial<WatchdogSettings>;

/** The BMC's watchdog timer. Everything throws {@link IpmiError} and nothing else. */
export class Watchdog {
  constructor(private readonly runner: CommandRunner) {}

  status(): Promise<WatchdogTimer> {
    return this.runner.run(getWatchdogTimer);
  }

  /**
   * Sets the timer; it stands still until `reset`. Needs operator.
   * @param choice defaults: use `sms-os`, no interrupt, `preTimeout` 0, logs
   * @returns what was read back
   */
  async set(choice: WatchdogChoice): Promise<WatchdogTimer> {
    await this.runner.run(setWatchdogTimer(this.checked({ ...DEFAULTS, ...choice }), false));
    return this.status();
  }

  /** Starts the timer with its whole countdown, again and again while all is well. Needs operator. */
  async reset(): Promise<void> {
    await this.runner.run(resetWatchdogTimer);
  }

  /** Stops the timer and takes its action away, so that nothing restarts the machine. Needs operator. */
  async stop(): Promise<WatchdogTimer> {
    const { use, countdown } = await this.status();
    return this.set({ action: "none", countdown, use: use === "reserved" ? DEFAULTS.use : use });
  }

  private checked(settings: WatchdogSettings): WatchdogSettings {
    const { use, action, interrupt, preTimeout, countdown } = settings;
    const faults = [
      WATCHDOG_USES.includes(use) ? "" : `no use ${String(use)}, one of ${WATCHDOG_USES.join(", ")}`,
      WATCHDOG_ACTIONS.includes(action)
        ? ""
        : `no action ${String(action)}, one of ${WATCHDOG_ACTIONS.join(", ")}`,
      WATCHDOG_INTERRUPTS.includes(interrupt)
        ? ""
        : `no interrupt ${String(interrupt)}, one of ${WATCHDOG_INTERRUPTS.join(", ")}`,
      Number.isInteger(preTimeout) && preTimeout >= 0 && preTimeout <= 255
        ? ""
        : `preTimeout ${preTimeout}, whole seconds from 0 to 255`,
      countdown % 100 === 0 && countdown >= 0 && countdown <= LONGEST
        ? ""
        : `countdown ${countdown}, hundreds of milliseconds from 0 to ${LONGEST}`,
    ].filter((fault) => fault !== "");
    if (faults.length === 0) return settings;
    throw new IpmiArgumentError(this.runner.label, "Set Watchdog Timer", faults.join("; "), "the settings");
  }
}
