/** A time as a BMC tells it: at most one of the two is there, and neither where it says `unspecified`. */
export interface Timestamp {
  /** ISO 8601, as if the BMC's clock ran in UTC: it has no time zone of its own. */
  readonly at: string | undefined;
  /** Seconds since the controller started, for what it noted before its clock was set. */
  readonly sinceStart: number | undefined;
}

const UNSPECIFIED = 0xffffffff;
/** Up to here seconds count from the controller's start. */
const LAST_SINCE_START = 0x20000000;

/** Seconds of IPMI 2.0 section 37: since 1970 if the clock is set. */
export function timestampOf(seconds: number): Timestamp {
  if (seconds === UNSPECIFIED) return { at: undefined, sinceStart: undefined };
  if (seconds <= LAST_SINCE_START) return { at: undefined, sinceStart: seconds };
  return { at: new Date(seconds * 1000).toISOString().replace(".000Z", "Z"), sinceStart: undefined };
}
