import type { WatchdogTimer } from "../../../bare-metal/ipmi/messages/watchdog";
import type { Verb } from "../verb";

const shown = {
  head: ["RUNNING", "USE", "ACTION", "COUNTDOWN", "LEFT", "EXPIRED"],
  rows: ({ running, use, action, countdown, left, expired }: WatchdogTimer) => [
    [running ? "yes" : "no", use, action, `${countdown / 1000} s`, `${left / 1000} s`, expired.join(", ")],
  ],
};

export const watchdogStatus: Verb<WatchdogTimer> = {
  name: "watchdog status",
  privilege: "user",
  ...shown,
  ipmi: (ipmi) => ipmi.watchdog.status(),
};

/** The timer stands still, and nothing restarts the machine. */
export const watchdogStop: Verb<WatchdogTimer> = {
  name: "watchdog stop",
  privilege: "operator",
  ...shown,
  ipmi: (ipmi) => ipmi.watchdog.stop(),
};
