import {
  IpmiAuthenticationError,
  IpmiCipherSuiteError,
  type IpmiError,
  IpmiOutOfSessionsError,
  IpmiPrivilegeError,
  IpmiSessionError,
} from "../errors";
import type { Privilege } from "../options";
import { statusInWords } from "./status-codes";

/** What a BMC's refusal to open a session means, by its status (IPMI 2.0 table 13-15). */
export function refusal(
  host: string,
  message: string,
  status: number,
  suite: number,
  privilege: Privilege,
): IpmiError {
  const words = statusInWords(status);
  switch (status) {
    case 0x01:
    case 0x0b:
      return new IpmiOutOfSessionsError(
        host,
        message,
        words,
        "who holds sessions on this BMC; idle ones end after a minute",
      );
    case 0x04:
    case 0x05:
    case 0x06:
    case 0x07:
    case 0x10:
    case 0x11:
      return new IpmiCipherSuiteError(
        host,
        message,
        `cipher suite ${suite} refused, ${words}`,
        suite === 17
          ? "whether the BMC knows suite 17; if not, ask for suite 3 for this host explicitly"
          : "the cipher suites enabled on the BMC",
      );
    case 0x09:
    case 0x0a:
      return new IpmiPrivilegeError(
        host,
        message,
        words,
        `whether the user may have privilege ${privilege} on this channel`,
      );
    case 0x0c:
    case 0x0d:
      return new IpmiAuthenticationError(
        host,
        message,
        words,
        `the user's name, that it is enabled, and that it may have privilege ${privilege}`,
      );
    case 0x0f:
      return new IpmiAuthenticationError(host, message, words, "the password");
    default:
      return new IpmiSessionError(
        host,
        message,
        words,
        "again in a little while, then the BMC's own log",
        status,
      );
  }
}
