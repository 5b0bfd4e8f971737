import type { Milliseconds } from "../../base/units";
import type { Clock, RandomBytes, TransportFactory } from "./transport/transport";

/** Privilege levels that a session may ask for (IPMI 2.0 section 6.8). */
export type Privilege = "user" | "operator" | "administrator";

export interface IpmiOptions {
  /** UDP port of the BMC. Default 623 (section 13.1.2). */
  readonly port?: number;
  /**
   * Cipher suite of the session (table 22-20). Default 17: RAKP-HMAC-SHA256, HMAC-SHA256-128, AES-CBC-128.
   * 3 (the same with SHA1) is for BMCs that know no better, and only used where asked for. No other is spoken.
   */
  readonly cipherSuite?: 17 | 3;
  /** Privilege asked for. Default `operator`: enough for power, boot device and identify. */
  readonly privilege?: Privilege;
  /** How long to wait for the first answer before sending again; doubles at each repeat, to 4 times. Default 500 ms. */
  readonly timeout?: Milliseconds;
  /** How often a request is sent again without an answer, 0 to 20. Default 5. */
  readonly retries?: number;
  /**
   * The BMC key Kg of a two-key login (section 13.31), 1 to 20 bytes. Default: not set, as on most BMCs. Copied, and
   * wiped at `close`.
   */
  readonly bmcKey?: string | Uint8Array;
  /**
   * Asks something of a session that was idle for so long, so that the BMC keeps it: 1000 to 600000 ms. Default:
   * off; BMCs end a session after 60 s (section 6.12.15). Does not keep the process alive.
   */
  readonly keepAlive?: Milliseconds;
  /** Ends whatever is under way. `close` still tells the BMC. */
  readonly signal?: AbortSignal;
  /** Where time comes from. Default: the real clock. */
  readonly clock?: Clock;
  /** Where randomness comes from. Default: node:crypto. Anything else is for replaying a handshake. */
  readonly random?: RandomBytes;
  /** How datagrams travel. Default: a connected UDP socket. */
  readonly transport?: TransportFactory;
}

/** What `withIpmi` needs: where, who, and the options. */
export interface IpmiTarget extends IpmiOptions {
  readonly host: string;
  readonly user: string;
  /** At most 20 bytes. */
  readonly password: string | Uint8Array;
}
