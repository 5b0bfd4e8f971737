import { get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { pinnedRequest } from "../boot/pinned";

const PATIENCE = 30_000;
const AGAIN = 3_000;

/** The boot service over TLS, as a machine sees it. */
export interface PinnedService {
  /** Such as `https://10.1.0.1:8443`. */
  readonly url: string;
  /** `sha256//` and the Base64 digest of its public key. */
  readonly pin: string;
  /** Of the machine's claim. A secret. */
  readonly token: string;
}

/**
 * Sends a report until the boot service takes it or refuses it; no answer and its own failures are waited out.
 * @throws {Error} with its words, if it refuses
 */
export async function tellService(service: PinnedService, path: string, body: object): Promise<void> {
  const { pin, token } = service;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const call = { url: new URL(path, service.url).href, method: "POST", headers, pin, timeout: PATIENCE };
  for (;;) {
    const answer = await pinnedRequest({ ...call, body: JSON.stringify(body) }).catch((error: Error) => {
      process.stderr.write(`lectern: ${service.url}${path}: ${error.message}\n`);
      return undefined;
    });
    if (answer?.ok) return;
    if (answer && answer.status < 500)
      throw new Error(
        `the boot service did not take the report: ${answer.status} ${(await answer.text()).trim()}`,
      );
    await sleep(AGAIN);
  }
}

/** A small file of the boot service, whole. @throws {Error} after ten tries */
export async function fetchWhole(url: string): Promise<Buffer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await fetchOnce(url);
    } catch (error) {
      if (attempt === 10)
        throw new Error(`${url} could not be fetched in ${attempt} tries: ${(error as Error).message}`, {
          cause: error,
        });
      await sleep(AGAIN);
    }
  }
}

function fetchOnce(url: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const call = get(url, { timeout: PATIENCE }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        if (response.statusCode === 200 && response.complete) resolve(Buffer.concat(chunks));
        else reject(new Error(`status ${response.statusCode}`));
      });
    });
    call.once("timeout", () => call.destroy(new Error("no answer")));
    call.once("error", reject);
  });
}
