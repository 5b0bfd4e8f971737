import { IpmiArgumentError } from "./errors";
import { labelOf } from "./label";
import { SUITES } from "./crypto/suites";
import { PRIVILEGE_LEVELS } from "./messages/session-privilege";
import type { IpmiOptions, Privilege } from "./options";
import { Secrets } from "./secrets";
import type { RetryPolicy } from "./transport/exchange";

/** Options with their defaults, checked. Holds no secret. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  /** `host:port`, for errors. */
  readonly label: string;
  readonly user: Buffer;
  readonly suite: 17 | 3;
  readonly privilege: Privilege;
  readonly retry: RetryPolicy;
  readonly keepAlive: IpmiOptions["keepAlive"] | undefined;
  readonly signal: IpmiOptions["signal"] | undefined;
  readonly clock: IpmiOptions["clock"] | undefined;
  readonly random: IpmiOptions["random"] | undefined;
  readonly transport: IpmiOptions["transport"] | undefined;
}

/** @throws {IpmiArgumentError} naming the first option that is out of range */
export function checkedOptions(host: string, user: string, options: IpmiOptions): Settings {
  const {
    port = 623,
    cipherSuite = 17,
    privilege = "operator",
    timeout = 500,
    retries = 5,
    keepAlive,
    signal,
    clock,
    random,
    transport,
  } = options;
  const label = labelOf(host, port);
  const name = Buffer.from(user);
  // A fleet makes many clients: words are put together only where something is wrong.
  const wrong = (problem: string, fix: string) => new IpmiArgumentError(label, "options", problem, fix);
  if (host === "") throw wrong("host is empty", "name or address of the BMC");
  if (!isBetween(port, 1, 65535)) throw wrong(`port = ${port}`, "a UDP port, 1 to 65535");
  if (!(cipherSuite in SUITES)) {
    throw wrong(`cipherSuite = ${cipherSuite}`, "17, or 3 where the BMC knows no better; others are unsafe");
  }
  if (!Object.hasOwn(PRIVILEGE_LEVELS, privilege)) {
    throw wrong(`privilege = ${privilege}`, "user, operator or administrator");
  }
  if (!isBetween(timeout, 1, 60_000)) throw wrong(`timeout = ${timeout}`, "milliseconds, 1 to 60000");
  if (!isBetween(retries, 0, 20)) throw wrong(`retries = ${retries}`, "0 to 20");
  if (keepAlive !== undefined && !isBetween(keepAlive, 1_000, 600_000)) {
    throw wrong(
      `keepAlive = ${keepAlive}`,
      "milliseconds, 1000 to 600000; BMCs end idle sessions after 60 s",
    );
  }
  if (name.length > 16) {
    throw wrong(`user name of ${name.length} bytes`, "IPMI knows names of at most 16 bytes");
  }
  return {
    host,
    port,
    label,
    user: name,
    suite: cipherSuite,
    privilege,
    retry: { timeout, retries },
    keepAlive,
    signal,
    clock,
    random,
    transport,
  };
}

/** Password and BMC key, checked. @throws {IpmiArgumentError} */
export function checkedSecrets(
  label: string,
  password: string | Uint8Array,
  bmcKey: string | Uint8Array | undefined,
): Secrets {
  const wrong = (problem: string, fix: string) => new IpmiArgumentError(label, "options", problem, fix);
  const secrets = new Secrets(password, bmcKey);
  if (secrets.password.length > 20) {
    throw wrong("password longer than 20 bytes", "IPMI knows passwords of at most 20 bytes");
  }
  const key = secrets.bmcKey;
  if (key !== undefined && (key.length > 20 || key.every((byte) => byte === 0))) {
    throw wrong(
      "bmcKey longer than 20 bytes, or nothing but zeros",
      "1 to 20 bytes; zeros mean that no key is set: leave the option out",
    );
  }
  return secrets;
}

function isBetween(n: number, low: number, high: number): boolean {
  return Number.isInteger(n) && n >= low && n <= high;
}
