import { isCompletion } from "../errors";
import { reserveSel } from "../messages/reserve-sel";
import type { CommandRunner } from "../messages/runner";

const RESERVATION_LOST = 0xc5;
const UNSUPPORTED = [0xc1, 0xc2] as const;
/** Stands for a reservation on BMCs that have none (IPMI 2.0 table 31-5). */
const NONE = 0;
/** Another party that reserves or changes the log all the time does not keep this client busy for ever. */
const ATTEMPTS = 5;

/**
 * Does what needs a reservation of the event log, again if the reservation was lost on the way.
 * @throws {IpmiError} with C5h where it was lost five times
 */
export async function withReservation<T>(
  runner: CommandRunner,
  work: (reservation: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(await reserve(runner));
    } catch (error) {
      if (!isCompletion(error, RESERVATION_LOST) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** A reservation that ends with the next change of the log; `NONE` on BMCs without. */
export async function reserve(runner: CommandRunner): Promise<number> {
  try {
    return await runner.run(reserveSel);
  } catch (error) {
    if (isCompletion(error, ...UNSUPPORTED)) return NONE;
    throw error;
  }
}
