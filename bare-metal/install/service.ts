import { createHash, X509Certificate } from "node:crypto";
import { get } from "node:http";
import { request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, type TLSSocket } from "node:tls";

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
  for (;;) {
    const answer = await post(service, path, JSON.stringify(body)).catch((error: Error) => {
      if (error.message.startsWith("pin")) throw error;
      return undefined;
    });
    if (answer && answer.status < 300) return;
    if (answer && answer.status < 500)
      throw new Error(`the boot service did not take the report: ${answer.status} ${answer.body.trim()}`);
    await sleep(AGAIN);
  }
}

async function post(
  service: PinnedService,
  path: string,
  body: string,
): Promise<{ status: number; body: string }> {
  const url = new URL(path, service.url);
  const socket = await pinned(url, service.pin);
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${service.token}`,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      connection: "close",
    };
    const call = request(url, { method: "POST", headers, createConnection: () => socket, timeout: PATIENCE });
    call.once("timeout", () => call.destroy(new Error("no answer")));
    call.once("error", reject);
    call.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => (text += piece));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
      response.once("error", reject);
    });
    call.end(body);
  });
}

/** A connection to the holder of the pinned key; nothing is sent to anybody else. */
function pinned({ hostname: host, port }: URL, pin: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    // The key is what is trusted; the certificate only carries it.
    const socket = connect({ host, port: Number(port || 443), rejectUnauthorized: false, timeout: PATIENCE });
    socket.once("timeout", () => socket.destroy(new Error("no connection")));
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      const spki = new X509Certificate(socket.getPeerCertificate().raw).publicKey.export({
        type: "spki",
        format: "der",
      });
      const found = `sha256//${createHash("sha256").update(spki).digest("base64")}`;
      if (found === pin) return resolve(socket);
      socket.destroy();
      reject(new Error(`pin of the boot service's key: ${found}, and the boot script says ${pin}`));
    });
  });
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
