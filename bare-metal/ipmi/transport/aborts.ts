type Callback = () => void;

/** Who waits for each signal. */
const waiting = new WeakMap<AbortSignal, Set<Callback>>();

/**
 * Calls back once when the signal aborts, unless {@link forgetAbort} comes before. Each signal gets one listener for
 * all who wait: adding and removing one for each datagram took longer than sending it.
 */
export function onAbort(signal: AbortSignal, callback: Callback): void {
  let callbacks = waiting.get(signal);
  if (!callbacks) {
    const all = new Set<Callback>();
    waiting.set(signal, (callbacks = all));
    signal.addEventListener(
      "abort",
      () => {
        for (const call of [...all]) call();
      },
      { once: true },
    );
  }
  callbacks.add(callback);
}

export function forgetAbort(signal: AbortSignal, callback: Callback): void {
  waiting.get(signal)?.delete(callback);
}
