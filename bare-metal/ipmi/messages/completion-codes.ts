/** Generic completion codes in words (IPMI 2.0 table 5-2). */
const GENERIC: Readonly<Record<number, string>> = {
  0x00: "completed normally",
  0xc0: "node busy",
  0xc1: "invalid command",
  0xc2: "command invalid for the given LUN",
  0xc3: "timeout while processing the command",
  0xc4: "out of space",
  0xc5: "reservation cancelled or invalid reservation ID",
  0xc6: "request data truncated",
  0xc7: "request data length invalid",
  0xc8: "request data field length limit exceeded",
  0xc9: "parameter out of range",
  0xca: "cannot return the number of requested data bytes",
  0xcb: "requested sensor, data or record not present",
  0xcc: "invalid data field in request",
  0xcd: "command illegal for the specified sensor or record type",
  0xce: "command response could not be provided",
  0xcf: "cannot execute duplicated request",
  0xd0: "SDR repository in update mode",
  0xd1: "device in firmware update mode",
  0xd2: "BMC initialization in progress",
  0xd3: "destination unavailable",
  0xd4: "insufficient privilege level, or blocked by the firmware firewall",
  0xd5: "command or parameter not supported in the present state",
  0xd6: "command sub-function disabled or unavailable",
  0xff: "unspecified error",
};

/** Codes that say "not now": the same request may be answered a little later. */
export const BUSY_CODES: ReadonlySet<number> = new Set([0xc0]);

/** A completion code in words; the command's own meanings go before the generic ones. */
export function completionInWords(code: number, own: Readonly<Record<number, string>> = {}): string {
  const known = own[code] ?? GENERIC[code];
  if (known !== undefined) return known;
  if ((code >= 0x01 && code <= 0x7e) || (code >= 0x80 && code <= 0xbe)) {
    return code < 0x80 ? "device-specific (OEM) code" : "command-specific code without a known meaning";
  }
  return "reserved code";
}

/** What an operator should look at for a completion code. */
export function completionAdvice(code: number): string {
  switch (code) {
    case 0xc0:
    case 0xc3:
    case 0xce:
    case 0xd2:
      return "again in a little while";
    case 0xc1:
    case 0xc2:
    case 0xd6:
    case 0x80:
      return "whether this BMC supports the command";
    case 0xd1:
      return "whether a firmware update is under way";
    case 0xd4:
      return "the user's privilege limit on the BMC and the privilege asked for";
    case 0xd5:
      return "the machine's power state";
    default:
      return "the arguments and the BMC's own log";
  }
}
