import type { ProcessFolder } from "../base/processes";
import type { Milliseconds } from "../base/units";
import { waitFor } from "../base/wait";

export interface Readiness<T> {
  readonly processes: ProcessFolder;
  /** The process that is to become ready. */
  readonly name: string;
  readonly logFile: string;
  /** Yields a value once it is; may throw meanwhile. */
  readonly probe: () => Promise<T | undefined> | T | undefined;
  readonly timeout: Milliseconds;
}

/**
 * Waits until a process that was started is ready.
 * @throws {Error} at once if it ends, and when the time is up; both name the log
 */
export function whenReady<T>({ processes, name, logFile, probe, timeout }: Readiness<T>): Promise<T> {
  const ended = new AbortController();
  const probeLiving = async (): Promise<T | undefined> => {
    if (!processes.find(name)) ended.abort(new Error(`${name} ended while it started; see ${logFile}`));
    return ended.signal.aborted ? undefined : probe();
  };
  return waitFor(`${name} is ready (log: ${logFile})`, probeLiving, {
    timeout,
    interval: 50,
    signal: ended.signal,
  });
}
