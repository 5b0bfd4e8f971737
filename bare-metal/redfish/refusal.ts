import {
  RedfishAuthenticationError,
  type RedfishError,
  RedfishOutOfSessionsError,
  RedfishPrivilegeError,
  RedfishResponseError,
  RedfishUnsupportedError,
} from "./errors";
import { objectsAt, parseObject, printable, textAt } from "./json";
import type { Answer } from "./transport/https";

/** What a BMC said about its refusal. */
interface Refusal {
  /** Such as `Base.1.8.InsufficientPrivilege`. */
  readonly messageId: string | undefined;
  /** Without the registry and its version. */
  readonly key: string;
  /** In words, with the message's id. */
  readonly words: string;
  readonly resolution: string | undefined;
}

const STATUS_WORDS: Readonly<Record<number, string>> = {
  400: "bad request",
  401: "not authenticated",
  403: "forbidden",
  404: "no such resource",
  405: "method not allowed",
  409: "conflict",
  412: "changed by somebody else meanwhile",
  428: "needs an ETag",
  429: "too many requests",
  500: "internal error",
  501: "not implemented",
  503: "busy",
};

/** Message keys of DMTF's Base registry that say more than the status does. */
const UNAUTHENTICATED = /^(UnauthorizedLoginAttempt|PasswordChangeRequired|NoValidSession|AccountLocked)/;
const UNSUPPORTED = /^(ActionNotSupported|OperationNotAllowed|QueryNotSupported)/;

/**
 * The error that a refusal stands for (DSP0266, "Error responses").
 * @param secret what was sent and may be quoted by the BMC: hidden
 */
export function refusalError(host: string, command: string, answer: Answer, secret?: string): RedfishError {
  const { status } = answer;
  const { messageId, key, words, resolution } = readRefusal(answer, secret);
  const meaning = `HTTP status ${status} (${words})`;
  if (key === "SessionLimitExceeded" || key === "MaximumSessionsReached") {
    return new RedfishOutOfSessionsError(
      host,
      command,
      meaning,
      "who else holds sessions, or wait until one ends",
    );
  }
  if (key === "PasswordChangeRequired") {
    return new RedfishAuthenticationError(host, command, meaning, "set a new password at the BMC first");
  }
  if (status === 401 || UNAUTHENTICATED.test(key)) {
    return new RedfishAuthenticationError(
      host,
      command,
      meaning,
      "user name and password, and whether it is locked",
    );
  }
  if (status === 403) {
    return new RedfishPrivilegeError(host, command, meaning, "the role of this user at the BMC");
  }
  if (status === 405 || status === 501 || UNSUPPORTED.test(key)) {
    return new RedfishUnsupportedError(
      host,
      command,
      meaning,
      "whether this BMC and its firmware can do that",
    );
  }
  return new RedfishResponseError(host, command, status, messageId, words, resolution ?? checkFor(status));
}

function readRefusal({ status, body }: Answer, secret: string | undefined): Refusal {
  const error = parseObject(body)?.["error"];
  const [first] = objectsAt(error, "@Message.ExtendedInfo");
  const hide = (text: string | undefined) => (secret ? text?.replaceAll(secret, "(hidden)") : text);
  const messageId = hide(textAt(first, "MessageId") ?? textAt(error, "code"));
  const message = hide(textAt(first, "Message") ?? textAt(error, "message"));
  const said = [messageId, message].filter((text) => text !== undefined && text !== "").join(": ");
  return {
    messageId,
    key: messageId?.split(".").at(-1) ?? "",
    words: printable(said.slice(0, 400) || (STATUS_WORDS[status] ?? "no explanation")),
    resolution: hide(textAt(first, "Resolution"))?.slice(0, 300),
  };
}

function checkFor(status: number): string {
  if (status === 404) return "whether this BMC and its firmware have that resource";
  if (status === 412 || status === 428) return "who else changes it, then try again";
  if (status === 429 || status === 503) return "what keeps the BMC busy, then try again";
  return "the BMC's own log";
}
