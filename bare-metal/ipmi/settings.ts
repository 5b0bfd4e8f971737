import { IpmiArgumentError } from "./errors";
import { labelOf } from "./label";
import { SUITES } from "./crypto/suites";
import { PRIVILEGE_LEVELS } from "./messages/session-privilege";
import type { IpmiOptions, Privilege } from "./options";
import { Secrets } from "./secrets";
import type { RetryPolicy } from "./transport/exchange";

/** Options with their defaults, checked. Holds no secret. */
export interface Settings extends Pick<
  IpmiOptions,
  "keepAlive" | "signal" | "clock" | "random" | "transport"
> {
  readonly host: string;
  readonly port: number;
  /** `host:port`, for errors. */
  readonly label: string;
  readonly user: Buffer;
  readonly suite: 17 | 3;
  readonly privilege: Privilege;
  readonly retry: RetryPolicy;
}

/** @throws {IpmiArgumentError} naming the first option that is out of range */
export function checkedOptions(host: string, user: string, options: Omit<IpmiOptions, "bmcKey">): Settings {
  const {
    port = 623,
    cipherSuite = 17,
    privilege = "operator",
    timeout = 500,
    retries = 5,
    keepAlive,
    ...rest
  } = options;
  const label = labelOf(host, port);
  const need = needing(label);
  const between = (n: number, low: number, high: number) => Number.isInteger(n) && n >= low && n <= high;
  const name = Buffer.from(user);
  need(host !== "", "host is empty", "name or address of the BMC");
  need(between(port, 1, 65535), `port = ${port}`, "a UDP port, 1 to 65535");
  need(
    cipherSuite in SUITES,
    `cipherSuite = ${cipherSuite}`,
    "17, or 3 where the BMC knows no better; others are unsafe",
  );
  need(
    Object.hasOwn(PRIVILEGE_LEVELS, privilege),
    `privilege = ${privilege}`,
    "user, operator or administrator",
  );
  need(between(timeout, 1, 60_000), `timeout = ${timeout}`, "milliseconds, 1 to 60000");
  need(between(retries, 0, 20), `retries = ${retries}`, "0 to 20");
  need(
    keepAlive === undefined || between(keepAlive, 1_000, 600_000),
    `keepAlive = ${keepAlive}`,
    "milliseconds, 1000 to 600000; BMCs end idle sessions after 60 s",
  );
  need(name.length <= 16, `user name of ${name.length} bytes`, "IPMI knows names of at most 16 bytes");
  return {
    ...rest,
    ...(keepAlive === undefined ? {} : { keepAlive }),
    host,
    port,
    label,
    user: name,
    suite: cipherSuite,
    privilege,
    retry: { timeout, retries },
  };
}

/** Password and BMC key, checked. @throws {IpmiArgumentError} */
export function checkedSecrets(
  label: string,
  password: string | Uint8Array,
  bmcKey: string | Uint8Array | undefined,
): Secrets {
  const need = needing(label);
  const secrets = new Secrets(password, bmcKey);
  need(
    secrets.password.length <= 20,
    "password longer than 20 bytes",
    "IPMI knows passwords of at most 20 bytes",
  );
  const key = secrets.bmcKey;
  need(
    key === undefined || (key.length <= 20 && key.some((byte) => byte !== 0)),
    "bmcKey longer than 20 bytes, or nothing but zeros",
    "1 to 20 bytes; zeros mean that no key is set: leave the option out",
  );
  return secrets;
}

function needing(label: string): (condition: boolean, problem: string, fix: string) => void {
  return (condition, problem, fix) => {
    if (!condition) throw new IpmiArgumentError(label, "options", problem, fix);
  };
}
