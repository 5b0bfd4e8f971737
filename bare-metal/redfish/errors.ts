import { BmcError } from "../bmc/shared";

/** Everything that this client throws; `command` is an HTTP method and path, or what the caller wanted. */
export abstract class RedfishError extends BmcError {}

/** Nothing speaks HTTPS there. */
export class RedfishUnreachableError extends RedfishError {}

/** The BMC's certificate is not the pinned one, or no trusted authority vouches for it. Nothing was sent. */
export class RedfishCertificateError extends RedfishError {}

/** The BMC took the request, and no whole answer came. */
export class RedfishTimeoutError extends RedfishError {
  /**
   * @param waited what was seen instead of an answer
   * @param uncertain the request may have been carried out nevertheless
   */
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

/** Unknown user, wrong password, or one that must be changed first. */
export class RedfishAuthenticationError extends RedfishError {}

/** The user's role does not suffice. */
export class RedfishPrivilegeError extends RedfishError {}

/** The BMC has no free session. */
export class RedfishOutOfSessionsError extends RedfishError {}

/** The BMC lacks what was asked for. */
export class RedfishUnsupportedError extends RedfishError {}

/** The BMC refused with an HTTP status that no other error stands for. */
export class RedfishResponseError extends RedfishError {
  constructor(
    host: string,
    command: string,
    readonly status: number,
    /** Of the first extended message (DSP0266, "Error responses"), such as `Base.1.8.GeneralError`. */
    readonly messageId: string | undefined,
    meaning: string,
    check: string,
  ) {
    super(host, command, `HTTP status ${status} (${meaning})`, check);
  }
}

/** The answer is not what the specification asks for, or has no end. */
export class RedfishMalformedReplyError extends RedfishError {
  constructor(host: string, command: string, problem: string) {
    super(host, command, `malformed answer: ${problem}`, "the BMC's firmware for an update");
  }
}

/** What was set does not read back. */
export class RedfishReadBackError extends RedfishError {}

/** An argument is out of its range; nothing was sent. */
export class RedfishArgumentError extends RedfishError {}

/** Used after `close`. */
export class RedfishClosedError extends RedfishError {
  constructor(host: string, command: string) {
    super(host, command, "this client is closed", "that nothing uses it after close(); make a new one");
  }
}

/** The caller's signal ended it. */
export class RedfishAbortedError extends RedfishError {
  constructor(host: string, command: string) {
    super(host, command, "aborted by the caller", "nothing, it was asked for");
  }
}
