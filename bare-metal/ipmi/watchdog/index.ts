export { Watchdog, type WatchdogChoice } from "./watchdog";
export type {
  WatchdogAction,
  WatchdogInterrupt,
  WatchdogSettings,
  WatchdogTimer,
  WatchdogUse,
} from "../messages/watchdog";
