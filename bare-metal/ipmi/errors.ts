import { BmcError } from "./bmc-error";

/** Everything that this client throws; `command` is named as the specification names it. */
export abstract class IpmiError extends BmcError {}

/** Nothing speaks IPMI 2.0 there. */
export class IpmiUnreachableError extends IpmiError {}

/** A session was open, and an answer did not come. */
export class IpmiTimeoutError extends IpmiError {
  /** @param uncertain the command may have been carried out nevertheless */
  constructor(
    host: string,
    command: string,
    waited: string,
    readonly uncertain: boolean,
  ) {
    super(
      host,
      command,
      `no answer (${waited})${uncertain ? ", it may have been carried out" : ""}`,
      uncertain ? "the machine's state, then whether the BMC still answers" : "whether the BMC still answers",
    );
  }
}

/** Unknown user or wrong password; BMCs do not always tell which. */
export class IpmiAuthenticationError extends IpmiError {}

/** The user may not have that privilege level, or the session's level does not suffice for a command. */
export class IpmiPrivilegeError extends IpmiError {}

/** The BMC has no free session. */
export class IpmiOutOfSessionsError extends IpmiError {}

/** The BMC refuses the cipher suite, or answered with weaker algorithms than were asked for. */
export class IpmiCipherSuiteError extends IpmiError {}

/** The BMC refused to open a session for another reason. */
export class IpmiSessionError extends IpmiError {
  constructor(
    host: string,
    command: string,
    problem: string,
    check: string,
    /** RMCP+ status (table 13-15), if one came. */
    readonly status?: number,
  ) {
    super(host, command, problem, check);
  }
}

/** The BMC carried the command out with a completion code other than 0. */
export class IpmiCompletionError extends IpmiError {
  constructor(
    host: string,
    command: string,
    readonly code: number,
    meaning: string,
    check: string,
  ) {
    super(host, command, `completion code 0x${code.toString(16).padStart(2, "0")} (${meaning})`, check);
  }
}

/** Whether the error is a BMC's answer with one of these completion codes. */
export function isCompletion(error: unknown, ...codes: readonly number[]): error is IpmiCompletionError {
  return error instanceof IpmiCompletionError && codes.includes(error.code);
}

/**
 * A controller behind the BMC did not get a command, or its answer did not come. The session with the BMC is not
 * touched by it.
 */
export class IpmiBridgeError extends IpmiError {
  constructor(
    host: string,
    command: string,
    problem: string,
    check: string,
    /** Completion code of who did not pass the command on (IPMI 2.0 section 22.7); undefined for silence. */
    readonly code: number | undefined,
    /** The command may have been carried out nevertheless. */
    readonly uncertain: boolean,
  ) {
    super(host, command, problem, check);
  }
}

/** The answer is authentic and not what the specification asks for. */
export class IpmiMalformedReplyError extends IpmiError {
  constructor(host: string, command: string, problem: string) {
    super(host, command, `malformed answer: ${problem}`, "the BMC's firmware for an update");
  }
}

/** What was read changed meanwhile, again and again. */
export class IpmiUnstableError extends IpmiError {
  constructor(host: string, command: string, problem: string) {
    super(host, command, problem, "who changes it, then again in a little while");
  }
}

/** What was set does not read back. */
export class IpmiReadBackError extends IpmiError {}

/** It would lock out whoever asks for it, and was not forced; nothing was changed. */
export class IpmiUnsafeError extends IpmiError {}

/** The BMC has no such thing, for example no user of that name. */
export class IpmiNotFoundError extends IpmiError {}

/** The BMC has no free place for another one. */
export class IpmiFullError extends IpmiError {}

/** Another session holds what only one can have, such as the serial console. */
export class IpmiOccupiedError extends IpmiError {}

/** The serial console was taken away while it was open: by another session, by the BMC, or because the BMC is gone. */
export class IpmiConsoleLostError extends IpmiError {
  constructor(host: string, problem: string, check: string) {
    super(host, "serial over LAN", problem, check);
  }
}

/** An argument is out of its range; nothing was sent. */
export class IpmiArgumentError extends IpmiError {}

/** Used after `close`. */
export class IpmiClosedError extends IpmiError {
  constructor(host: string, command: string) {
    super(host, command, "this client is closed", "that nothing uses it after close(); make a new one");
  }
}

/** The caller's signal ended it. */
export class IpmiAbortedError extends IpmiError {
  constructor(host: string, command: string) {
    super(host, command, "aborted by the caller", "nothing, it was asked for");
  }
}
