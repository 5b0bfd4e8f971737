import { InterruptedError } from "./failure";

const controller = new AbortController();

/**
 * Aborted when the operator presses Ctrl-C or the command is told to end. Whoever starts a process passes it on.
 * The reason is an `InterruptedError`.
 */
export const interrupted: AbortSignal = controller.signal;

/** Time between the signal and the end of the command, for children to be stopped. */
const GRACE_MS = 8_000;

/** Turns SIGINT, SIGTERM and SIGHUP into an abort of `interrupted`; a second one, or a stuck child, ends at once. */
export function watchInterrupts(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (interrupted.aborted) process.exit(130);
      controller.abort(new InterruptedError(`interrupted by ${signal}`));
      setTimeout(() => process.exit(130), GRACE_MS).unref();
    });
  }
}
