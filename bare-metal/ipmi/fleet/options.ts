import type { Milliseconds } from "../../../base/units";
import type { IpmiOptions, IpmiTarget } from "../options";

/** How a fleet is asked. A target's own options come before `timeout` and `retries`. */
export interface FleetOptions extends Pick<IpmiOptions, "timeout" | "retries" | "clock" | "random"> {
  /**
   * BMCs under way at the same time, 1 to 4096. Default 64: with more, answers wait in line for a busy machine until
   * they count as lost. One that does not answer its first datagram counts no longer, so that silent BMCs hold nobody
   * up.
   */
  readonly parallel?: number;
  /** UDP sockets between which the BMCs are divided, 1 to 64. Default 2. */
  readonly sockets?: number;
  /** Keep sessions open for the next round; `close` ends them. Default false: each is closed after its work. */
  readonly keepSessions?: boolean;
  /** Times without an answer until a BMC is left alone. Default 2. */
  readonly breakAfter?: number;
  /** How long it is left alone. Default 30 s. */
  readonly cooldown?: Milliseconds;
}

/** A BMC of a fleet. The fleet brings the sockets. With `keepSessions`, give the same object in every round. */
export type FleetTarget = Omit<IpmiTarget, "transport" | "signal" | "clock" | "random">;

/** What came of one BMC. */
export type FleetResult<T, Target extends FleetTarget = FleetTarget> = {
  readonly target: Target;
  /** From when its turn came to when it was known. */
  readonly took: Milliseconds;
} & (
  | { readonly ok: true; readonly value: T }
  /** `IpmiError`, or what the work itself threw. */
  | { readonly ok: false; readonly error: unknown }
);
