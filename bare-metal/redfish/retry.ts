import { setTimeout as sleep } from "node:timers/promises";
import type { Milliseconds } from "../../base/units";
import type { Sleep } from "./options";
import type { Answer } from "./transport/https";

/** The longest that a BMC may make a caller wait before one repeat. */
const LONGEST_WAIT: Milliseconds = 30_000;
const FIRST_WAIT: Milliseconds = 500;

export const realSleep: Sleep = (time, signal) => sleep(time, undefined, signal ? { signal } : {});

/**
 * How long to wait before a read is sent again: as long as the BMC asks for, else twice as long at each attempt.
 * Undefined: not again.
 * @param attempt 0 after the first answer
 * @param random 0 to 1, so that many callers do not come back together
 */
export function waitBeforeRepeat(
  { status, headers }: Pick<Answer, "status" | "headers">,
  attempt: number,
  random: number,
  now: number,
): Milliseconds | undefined {
  if (status !== 503 && status !== 429) return undefined;
  const asked = retryAfter(headers["retry-after"], now);
  if (asked !== undefined) return asked <= LONGEST_WAIT ? asked : undefined;
  return Math.min(FIRST_WAIT * 2 ** attempt, LONGEST_WAIT) * (0.75 + random / 4);
}

/** Retry-After in seconds or as a date (RFC 9110 section 10.2.3). */
function retryAfter(text: string | undefined, now: number): Milliseconds | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
