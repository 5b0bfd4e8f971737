/** What was typed is wrong: told with the way out, exit status 2. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** The operator pressed Ctrl-C (or ended the command): exit status 130. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
}

/** Exit statuses of every verb. `unanswered` is for those that ask many hosts: not one of them answered. */
export const EXIT = { ok: 0, failure: 1, usage: 2, unanswered: 3, interrupted: 130 } as const;

/** A verb that failed and has already said why: no more is printed. */
export class SilentFailure extends Error {
  override readonly name = "SilentFailure";

  /** @param status exit status; default 1 */
  constructor(
    message: string,
    readonly status: number = EXIT.failure,
  ) {
    super(message);
  }
}

/** The exit status that an error stands for. */
export function exitStatus(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof InterruptedError) return EXIT.interrupted;
  if (error instanceof SilentFailure) return error.status;
  return EXIT.failure;
}

/**
 * An error as text for the operator: the message and what caused it, and the stack where LECTERN_DEBUG is set.
 * @returns undefined where nothing is to be said
 */
export function describeFailure(
  error: unknown,
  debug = Boolean(process.env["LECTERN_DEBUG"]),
): string | undefined {
  if (error instanceof SilentFailure) return undefined;
  if (error instanceof InterruptedError) return "lectern: interrupted";
  if (!(error instanceof Error)) return `lectern: ${String(error)}`;
  if (debug) return error.stack ?? error.message;
  const causes: string[] = [];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    // Messages often quote their cause; twice would be noise.
    if (cause.message !== "" && !error.message.includes(cause.message))
      causes.push(`  because: ${cause.message}`);
  }
  return [`lectern: ${error.message}`, ...causes].join("\n");
}
