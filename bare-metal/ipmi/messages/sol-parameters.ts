import { readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";

/** SOL configuration parameters (IPMI 2.0 table 26-5). */
export const SolParameter = {
  setInProgress: 0,
  enable: 1,
  authentication: 2,
  accumulation: 3,
  retry: 4,
  storedBitRate: 5,
  activeBitRate: 6,
  channel: 7,
  port: 8,
} as const;

const COMPLETION_CODES = {
  0x80: "parameter not supported",
  0x81: "another party is setting parameters (set in progress)",
  0x82: "parameter is read-only",
};

/** Get SOL Configuration Parameters, IPMI 2.0 section 26.3. Needs user. */
export function getSolParameter(channel: number, parameter: number): Command<Buffer> {
  const name = `Get SOL Configuration Parameters (parameter ${parameter})`;
  return {
    name,
    netFn: NetFn.transport,
    code: 0x22,
    data: Buffer.from([channel, parameter, 0, 0]),
    completionCodes: COMPLETION_CODES,
    decode(data) {
      const reader = readerOf(data, name);
      reader.skip(1);
      return reader.rest();
    },
  };
}

/** Set SOL Configuration Parameters, IPMI 2.0 section 26.2. Needs administrator. */
export function setSolParameter(channel: number, parameter: number, data: Uint8Array): Command<void> {
  return {
    name: `Set SOL Configuration Parameters (parameter ${parameter})`,
    netFn: NetFn.transport,
    code: 0x21,
    data: Buffer.from([channel, parameter, ...data]),
    completionCodes: COMPLETION_CODES,
    decode() {
      // The answer holds a completion code only.
    },
  };
}
