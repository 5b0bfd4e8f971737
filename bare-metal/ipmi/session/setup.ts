import type { CipherSuite } from "../crypto/suites";
import { IpmiAbortedError, type IpmiSessionError, type IpmiTimeoutError } from "../errors";
import type { Privilege } from "../options";
import type { ExchangeContext, Outcome } from "../transport/exchange";

/** Who opens a session, and how. */
export interface Credentials {
  readonly user: Buffer;
  readonly password: Buffer;
  /** The BMC key Kg; undefined where it is not set, as on most BMCs. */
  readonly bmcKey?: Buffer | undefined;
  readonly suite: CipherSuite;
  readonly privilege: Privilege;
}

/** One set-up under way: what its steps share. */
export interface Setup {
  readonly context: ExchangeContext;
  readonly host: string;
  readonly who: Credentials;
  readonly consoleSessionId: number;
  /** Privilege level number asked for. */
  readonly level: number;
  /** Message tag of Open Session; the RAKP messages count on from it. */
  readonly tag: number;
}

/** The BMC lost track of a set-up that began well: a datagram came twice or not at all. */
export class Derailed {
  constructor(readonly error: IpmiSessionError | IpmiTimeoutError) {}
}

/** What came, where silence has been dealt with. @throws {IpmiAbortedError} */
export function answered<T>(outcome: Outcome<T>, host: string, command: string): T {
  if (outcome.kind === "answer") return outcome.value;
  throw new IpmiAbortedError(host, command);
}
