import type { Milliseconds } from "../../base/units";
import { labelOf } from "../bmc/shared";
import { RedfishArgumentError } from "./errors";
import { parseFingerprint, type Trust } from "./transport/trust";

export interface RedfishOptions {
  /** TCP port of the BMC. Default 443. */
  readonly port?: number;
  /**
   * SHA-256 fingerprint of the BMC's own certificate: 64 hexadecimal digits, colons allowed. With it the certificate's
   * names, dates and issuer do not matter: this one is the BMC's, and no other is taken.
   */
  readonly certificate?: string;
  /** Certificates of the authorities that vouch for BMCs, as PEM. Default: those that Node.js knows. */
  readonly authorities?: string;
  /** Id of the ComputerSystem, where the BMC serves several. Default: the only one. */
  readonly system?: string;
  /** How long one request may take. Default 30 s: BMCs gather some answers on demand. */
  readonly timeout?: Milliseconds;
  /** How often a read is sent again to a busy BMC, 0 to 20. Default 3. */
  readonly retries?: number;
  /** Ends whatever is under way. `close` still tells the BMC. */
  readonly signal?: AbortSignal;
  /** How it waits before it asks a busy BMC again. Default: a timer. */
  readonly sleep?: Sleep;
}

/** Waits; the signal ends it by rejecting. */
export type Sleep = (time: Milliseconds, signal: AbortSignal | undefined) => Promise<void>;

/** Where a BMC is, who asks it, and the options. */
export interface RedfishTarget extends RedfishOptions {
  readonly host: string;
  readonly user: string;
  /** A string lives on in the caller's memory; bytes are copied and wiped. */
  readonly password: string | Uint8Array;
}

/** Options with their defaults, checked. Holds no secret. */
export interface Settings extends Pick<RedfishOptions, "system" | "signal" | "sleep"> {
  readonly host: string;
  readonly port: number;
  /** `host:port`, for errors. */
  readonly label: string;
  readonly user: string;
  readonly trust: Trust;
  readonly timeout: Milliseconds;
  readonly retries: number;
}

/** @throws {RedfishArgumentError} naming the first option that is out of range */
export function checkedOptions(host: string, user: string, options: RedfishOptions): Settings {
  const { port = 443, timeout = 30_000, retries = 3, certificate, authorities, ...rest } = options;
  const label = labelOf(host, port);
  const need = (condition: boolean, problem: string, fix: string) => {
    if (!condition) throw new RedfishArgumentError(label, "options", problem, fix);
  };
  const between = (n: number, low: number, high: number) => Number.isInteger(n) && n >= low && n <= high;
  const pin = certificate === undefined ? undefined : parseFingerprint(certificate);
  need(host !== "", "host is empty", "name or address of the BMC");
  need(between(port, 1, 65535), `port = ${port}`, "a TCP port, 1 to 65535");
  need(user !== "" && !user.includes(":"), "user name empty or with a colon", "the name of an account");
  need(between(timeout, 1, 600_000), `timeout = ${timeout}`, "milliseconds, 1 to 600000");
  need(between(retries, 0, 20), `retries = ${retries}`, "0 to 20");
  need(
    certificate === undefined || pin !== undefined,
    `certificate = ${String(certificate).slice(0, 100)}`,
    "the SHA-256 fingerprint of the BMC's certificate, 64 hexadecimal digits",
  );
  return { ...rest, host, port, label, user, timeout, retries, trust: { pin, authorities } };
}
