import { readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";

/** The LAN configuration parameters in use (IPMI 2.0 table 23-4). */
export const LanParameter = {
  setInProgress: 0,
  address: 3,
  source: 4,
  mac: 5,
  mask: 6,
  gateway: 12,
  gatewayMac: 13,
  backupGateway: 14,
  backupGatewayMac: 15,
  community: 16,
  vlanId: 20,
  vlanPriority: 21,
  suiteCount: 22,
  suites: 23,
  suitePrivileges: 24,
  ipv6Support: 50,
  ipv6Enables: 51,
  ipv6Status: 55,
  ipv6StaticAddress: 56,
  ipv6DynamicAddress: 59,
} as const;

/** Completion codes of both commands; the first says that a BMC lacks an optional parameter. */
export const PARAMETER_NOT_SUPPORTED = 0x80;
const COMPLETION_CODES = {
  [PARAMETER_NOT_SUPPORTED]: "parameter not supported",
  0x81: "another party is setting parameters (set in progress)",
  0x82: "parameter is read-only",
  0x83: "parameter is write-only",
};

/** Get LAN Configuration Parameters, IPMI 2.0 section 23.2. Needs operator. @param set selector, 0 where there is none */
export function getLanParameter(channel: number, parameter: number, set = 0): Command<Buffer> {
  const name = `Get LAN Configuration Parameters (parameter ${parameter})`;
  return {
    name,
    netFn: NetFn.transport,
    code: 0x02,
    data: Buffer.from([channel, parameter, set, 0]),
    completionCodes: COMPLETION_CODES,
    decode(data) {
      const reader = readerOf(data, name);
      // The revision of the parameter: it is not asked about, and BMCs differ.
      reader.skip(1);
      return reader.rest();
    },
  };
}

/** Set LAN Configuration Parameters, IPMI 2.0 section 23.1. Needs administrator. */
export function setLanParameter(channel: number, parameter: number, data: Uint8Array): Command<void> {
  return {
    name: `Set LAN Configuration Parameters (parameter ${parameter})`,
    netFn: NetFn.transport,
    code: 0x01,
    data: Buffer.from([channel, parameter, ...data]),
    ...(parameter === LanParameter.community ? { secret: true } : {}),
    completionCodes: COMPLETION_CODES,
    decode() {
      // The answer holds a completion code only.
    },
  };
}
