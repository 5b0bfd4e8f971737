/** Who holds a lock. A pid alone may have been given to another process since. */
export interface LockHolder {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat. */
  readonly startTime: string;
}

/** Start time in clock ticks since boot (proc(5), /proc/PID/stat field 22), or undefined if there is no such live process. */
export function processStartTime(pid: number): string | undefined;

/**
 * Runs `work` while holding a lock file; waits for a live holder, takes over from a dead one.
 * It saves double work between processes of one machine; what it guards must be correct without it, so publish by rename.
 * @param options.onWait Called again and again while another process holds it.
 * @throws the error of `work`, or an AbortError when `signal` fires while waiting
 */
export function withLock<T>(
  file: string,
  work: () => Promise<T>,
  options?: { readonly onWait?: (holder: LockHolder) => void; readonly signal?: AbortSignal },
): Promise<T>;
