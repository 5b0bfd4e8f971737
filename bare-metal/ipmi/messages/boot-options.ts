import { readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";

/** The boot option parameters in use (IPMI 2.0 table 28-14). */
export const BootParameter = { setInProgress: 0, validClearing: 3, infoAcknowledge: 4, flags: 5 } as const;

const COMPLETION_CODES = {
  0x80: "parameter not supported",
  0x81: "another party is setting boot options (set in progress)",
  0x82: "parameter is read-only",
};

/** Set System Boot Options, IPMI 2.0 section 28.12. Needs operator. */
export function setBootOption(parameter: number, data: Uint8Array): Command<void> {
  return {
    name: `Set System Boot Options (parameter ${parameter})`,
    netFn: NetFn.chassis,
    code: 0x08,
    data: Buffer.from([parameter & 0x7f, ...data]),
    completionCodes: COMPLETION_CODES,
    decode() {
      // The answer holds a completion code only.
    },
  };
}

export interface BootOption {
  /** False when the BMC marks the parameter invalid or locked. */
  readonly valid: boolean;
  readonly data: Buffer;
}

/** Get System Boot Options, IPMI 2.0 section 28.13. Needs operator. Set and block selector are 0. */
export function getBootOption(parameter: number): Command<BootOption> {
  const name = `Get System Boot Options (parameter ${parameter})`;
  return {
    name,
    netFn: NetFn.chassis,
    code: 0x09,
    data: Buffer.from([parameter & 0x7f, 0, 0]),
    completionCodes: COMPLETION_CODES,
    decode(data) {
      const reader = readerOf(data, name);
      reader.expect((reader.u8() & 0x0f) === 1, "unknown parameter version");
      const selector = reader.u8();
      reader.expect((selector & 0x7f) === parameter, "answers another parameter");
      return { valid: (selector & 0x80) === 0, data: reader.rest() };
    },
  };
}
