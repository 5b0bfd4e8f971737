import type { Milliseconds } from "../../../base/units";
import { forgetAbort, onAbort } from "./aborts";
import type { Clock, RandomBytes, Transport } from "./transport";

export const realClock: Clock = {
  now: () => performance.now(),
  after(delay, callback) {
    let check: NodeJS.Immediate | undefined;
    // Timers come before datagrams in Node's loop: what arrived while the process was busy is read first.
    const timer = setTimeout(() => (check = setImmediate(callback)), delay);
    return () => {
      clearTimeout(timer);
      clearImmediate(check);
    };
  },
};

/** When to send again and when to give up. */
export interface RetryPolicy {
  /** Wait after the first datagram while the peer's round trip is not known; doubles at each repeat. */
  readonly timeout: Milliseconds;
  /** Repeats after the first datagram. */
  readonly retries: number;
  /** Most that a wait grows to, in first waits. Default 4; 1 repeats at an even pace. */
  readonly ceiling?: number;
  /** The answer is not the peer's own: how long it takes says nothing of the peer, and the other way round. */
  readonly unmeasured?: true;
}

export interface ExchangeContext {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly retry: RetryPolicy;
  readonly signal?: AbortSignal | undefined;
  /** Gets every datagram that answers nothing. It must not throw. */
  readonly stray?: (datagram: Buffer) => void;
}

/** What came of an exchange: an answer, silence, or the caller's signal. */
export type Outcome<T> =
  { kind: "answer"; value: T } | { kind: "silence"; sent: number } | { kind: "aborted" };

/**
 * Sends a datagram until an answer comes.
 * @param encode makes the datagram of the attempt, 0 at first
 * @param match the answer, or undefined for a datagram that is none; those change nothing. It must not throw.
 */
export function exchange<T>(
  { transport, clock, random, retry, signal, stray }: ExchangeContext,
  encode: (attempt: number) => Buffer,
  match: (datagram: Buffer) => T | undefined,
): Promise<Outcome<T>> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve({ kind: "aborted" });
    const roundTrip = retry.unmeasured ? undefined : transport.roundTrip;
    const start = clock.now();
    let attempt = 0;
    let done = false;
    let cancel: (() => void) | undefined;
    const finish = (outcome: Outcome<T>) => {
      done = true;
      cancel?.();
      transport.listen(undefined);
      if (signal) forgetAbort(signal, abort);
      resolve(outcome);
    };
    const abort = () => finish({ kind: "aborted" });
    const send = () => {
      const datagram = encode(attempt);
      const wait = waitOf(retry, attempt, random, roundTrip?.timeout);
      transport.send(datagram);
      // A transport may answer before it returns.
      if (!done) cancel = clock.after(wait, repeat);
    };
    const repeat = () => {
      attempt += 1;
      if (attempt > retry.retries) finish({ kind: "silence", sent: attempt });
      else send();
    };
    if (signal) onAbort(signal, abort);
    transport.listen((datagram) => {
      const value = match(datagram);
      if (value === undefined) return stray?.(datagram);
      if (attempt === 0) roundTrip?.sample(clock.now() - start);
      else roundTrip?.late();
      finish({ kind: "answer", value });
    });
    send();
  });
}

/**
 * Doubles up to the ceiling; up to a quarter more by chance, so that many clients do not beat in time.
 * @param expected what the peer's round trip asks for, if that is known
 */
export function waitOf(
  retry: RetryPolicy,
  attempt: number,
  random: RandomBytes,
  expected = retry.timeout,
): Milliseconds {
  const base = expected * Math.min(2 ** attempt, retry.ceiling ?? 4);
  return Math.round(base * (1 + random(1).readUInt8(0) / 1024));
}
