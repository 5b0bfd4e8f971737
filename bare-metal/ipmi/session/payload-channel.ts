import type { PayloadListener } from "./session";

/** The way of packets of one payload type over an open session. */
export interface PayloadChannel {
  /** Sends a packet, once. Does nothing after the session has ended. */
  send(payload: Buffer): void;
  close(): void;
}

/** What happens on a payload channel. None of them throws. */
export interface PayloadEvents {
  readonly received: PayloadListener;
  /** The client closes. Resolves when what is to be said before has been said; never fails. */
  readonly closing: () => Promise<void>;
  /** The session has ended; undefined: it was closed. */
  readonly ended: (error: Error | undefined) => void;
}

/** What a console needs besides commands. */
export interface PayloadCarrier {
  /**
   * Opens the session if none is open.
   * @param type payload type (IPMI 2.0 table 13-16)
   * @throws {IpmiError}
   */
  openPayload(type: number, events: PayloadEvents): Promise<PayloadChannel>;
}
