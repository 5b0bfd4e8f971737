import type { Milliseconds } from "../../../base/units";
import type { RoundTrip } from "./round-trip";

/** Carries datagrams to one BMC and back. Knows nothing of what is in them. */
export interface Transport {
  /** Sends one datagram. A failure to send is silent here: it shows as a missing answer. */
  send(datagram: Buffer): void;
  /** Sets the one listener for datagrams from the peer; undefined removes it. */
  listen(listener: ((datagram: Buffer) => void) | undefined): void;
  /** What the network last said about the peer, such as `ECONNREFUSED`, or undefined. */
  readonly lastError: string | undefined;
  /** How long the peer takes to answer. Default: not measured, waits go by the retry policy alone. */
  readonly roundTrip?: RoundTrip;
  close(): Promise<void>;
}

/** Opens a transport to a host. */
export type TransportFactory = (host: string, port: number) => Promise<Transport>;

/** Time as the client sees it. */
export interface Clock {
  /** Time since some moment, never running back. */
  now(): Milliseconds;
  /** Calls back once after the delay, unless the returned function is called before. */
  after(delay: Milliseconds, callback: () => void): () => void;
}

/** So many random bytes. */
export type RandomBytes = (count: number) => Buffer;
