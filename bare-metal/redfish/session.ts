import type { Milliseconds } from "../../base/units";
import { RedfishMalformedReplyError } from "./errors";
import { linkAt, type JsonObject } from "./json";
import { localPath } from "./path";
import { refusalError } from "./refusal";
import type { Answer, Https } from "./transport/https";

const LOGOUT_TIME: Milliseconds = 5_000;

/** What proves to the BMC who asks. */
export interface Session {
  readonly headers: Readonly<Record<string, string>>;
  /** The session's resource; undefined where the BMC knows no sessions, or does not say. */
  readonly path: string | undefined;
  /** Whether the BMC may end it by itself, so that logging in again helps. */
  readonly expires: boolean;
}

/** Headers of every request (DSP0266, "Request headers"). */
export const COMMON_HEADERS = { Accept: "application/json", "OData-Version": "4.0", "User-Agent": "lectern" };

/**
 * Logs in (DSP0266, "Redfish session login authentication"). A BMC whose service root names no sessions gets the password with each request
 * (HTTP Basic), over the same checked connection.
 * @param root the service root, which is read without logging in
 * @throws {RedfishError}
 */
export async function login(
  https: Https,
  label: string,
  root: JsonObject,
  user: string,
  password: Buffer,
  signal: AbortSignal | undefined,
): Promise<Session> {
  const link = linkAt(root, "Links", "Sessions");
  if (link === undefined) {
    const pair = Buffer.concat([Buffer.from(`${user}:`), password]);
    const headers = { Authorization: `Basic ${pair.toString("base64")}` };
    pair.fill(0);
    return { headers, path: undefined, expires: false };
  }
  const path = localPath(link);
  if (path === undefined) {
    throw new RedfishMalformedReplyError(
      label,
      "log in",
      "the service root's link to its sessions is no path",
    );
  }
  const secret = password.toString("utf8");
  const body = Buffer.from(JSON.stringify({ UserName: user, Password: secret }));
  let answer: Answer;
  try {
    const headers = { ...COMMON_HEADERS, "Content-Type": "application/json" };
    answer = await https.send({ method: "POST", path, headers, body }, signal);
  } finally {
    body.fill(0);
  }
  if (answer.status !== 200 && answer.status !== 201) throw refusalError(label, "log in", answer, secret);
  const token = answer.headers["x-auth-token"];
  if (typeof token !== "string" || token === "") {
    throw new RedfishMalformedReplyError(label, "log in", "a session without X-Auth-Token");
  }
  return {
    headers: { "X-Auth-Token": token },
    path: localPath(answer.headers.location ?? ""),
    expires: true,
  };
}

/** Ends the session at the BMC, whatever became of the caller's signal. Never fails. */
export async function logout(https: Https, { headers, path }: Session): Promise<void> {
  if (path === undefined) return;
  await https
    .send(
      { method: "DELETE", path, headers: { ...COMMON_HEADERS, ...headers } },
      AbortSignal.timeout(LOGOUT_TIME),
    )
    .catch(() => undefined);
}
