import { readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";

/** What a channel offers before any session (IPMI 2.0 section 22.13). */
export interface AuthenticationCapabilities {
  readonly channel: number;
  /** Whether IPMI 2.0 sessions are spoken; without them this client cannot talk to the BMC. */
  readonly ipmi20: boolean;
  /** Whether IPMI 1.5 sessions are spoken too. They are weak: switch them off where possible. */
  readonly ipmi15: boolean;
  /** Whether a login without user name and password is enabled. */
  readonly anonymousLogin: boolean;
  /** Whether the BMC key Kg is set, as two-key login needs. */
  readonly bmcKeySet: boolean;
}

const NAME = "Get Channel Authentication Capabilities";
const THIS_CHANNEL = 0x0e;
const IPMI_20_DATA = 0x80;

/**
 * Get Channel Authentication Capabilities, IPMI 2.0 section 22.13, of the channel that the request comes over.
 * Answered without a session.
 * @param level privilege level number that a session is wanted with
 */
export function getAuthenticationCapabilities(level: number): Command<AuthenticationCapabilities> {
  return {
    name: NAME,
    netFn: NetFn.app,
    code: 0x38,
    data: Buffer.from([IPMI_20_DATA | THIS_CHANNEL, level]),
    decode: decodeAuthenticationCapabilities,
  };
}

/** @throws {DecodeError} */
export function decodeAuthenticationCapabilities(data: Buffer): AuthenticationCapabilities {
  const reader = readerOf(data, NAME);
  const channel = reader.u8() & 0x0f;
  const types = reader.u8();
  const status = reader.u8();
  // A BMC of IPMI 1.5 has a reserved byte of 0 here, or stops.
  const extended = (types & 0x80) !== 0 && reader.left > 0 ? reader.u8() : 0;
  return {
    channel,
    ipmi20: (extended & 0x02) !== 0,
    ipmi15: (types & 0x80) === 0 || (extended & 0x01) !== 0,
    anonymousLogin: (status & 0x01) !== 0,
    bmcKeySet: (status & 0x20) !== 0,
  };
}
