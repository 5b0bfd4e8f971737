import { RedfishAbortedError, RedfishMalformedReplyError } from "./errors";
import { type JsonObject, parseObject, printable, textAt } from "./json";
import type { Settings } from "./options";
import { localPath, staysAt } from "./path";
import { refusalError } from "./refusal";
import { realSleep, waitBeforeRepeat } from "./retry";
import type { Answer, Request } from "./transport/https";

/** A resource as it was read. */
export interface Resource {
  /** Path of the resource at the BMC. */
  readonly path: string;
  readonly body: JsonObject;
  /** Its version, where the BMC tells one. */
  readonly etag: string | undefined;
}

const MAX_REDIRECTS = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Reads a resource: again while the BMC is busy, and where the BMC says that it is now.
 * @param send sends once
 * @throws {RedfishError}
 */
export async function readResource(
  settings: Settings,
  path: string,
  send: (request: Request) => Promise<Answer>,
): Promise<Resource> {
  let [at, attempt, redirects] = [path, 0, 0];
  for (;;) {
    const answer = await send({ method: "GET", path: at });
    const wait = waitBeforeRepeat(answer, attempt, Math.random(), Date.now());
    if (wait !== undefined && attempt < settings.retries) {
      attempt += 1;
      await pause(settings, wait, path);
    } else if (REDIRECTS.has(answer.status) && redirects < MAX_REDIRECTS) {
      redirects += 1;
      at = redirected(settings, answer, at);
    } else {
      return resourceOf(settings, answer, at);
    }
  }
}

function resourceOf({ label }: Settings, answer: Answer, path: string): Resource {
  const command = `GET ${path}`;
  if (answer.status !== 200) throw refusalError(label, command, answer);
  const body = parseObject(answer.body);
  if (body === undefined) throw new RedfishMalformedReplyError(label, command, "no JSON object");
  const [plainPath = path] = path.split("?");
  return { path: plainPath, body, etag: answer.headers.etag ?? textAt(body, "@odata.etag") };
}

function redirected({ label, host, port }: Settings, { headers }: Answer, path: string): string {
  const { location = "" } = headers;
  const next = localPath(location);
  if (next !== undefined && staysAt(location, path, host, port)) return next;
  const problem = `redirected to ${JSON.stringify(printable(location))}, which is not its own`;
  throw new RedfishMalformedReplyError(label, `GET ${path}`, problem);
}

async function pause(
  { label, signal, sleep = realSleep }: Settings,
  time: number,
  path: string,
): Promise<void> {
  try {
    await sleep(time, signal);
  } catch {
    throw new RedfishAbortedError(label, `GET ${path}`);
  }
}
