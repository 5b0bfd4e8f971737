import { createHash, type X509Certificate } from "node:crypto";
import { request } from "node:https";
import type { TLSSocket } from "node:tls";
import type { Milliseconds } from "../../base/units";

/** The pin of a certificate's public key: `sha256//` and its Base64 digest (RFC 7469, 2.4), as curl's --pinnedpubkey reads it. */
export function pinOf(certificate: X509Certificate): string {
  const spki = certificate.publicKey.export({ type: "spki", format: "der" });
  return `sha256//${createHash("sha256").update(spki).digest("base64")}`;
}

export interface PinnedRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Of the key that the server must have. */
  readonly pin: string;
  readonly timeout: Milliseconds;
}

/**
 * A call over HTTPS to whoever holds one key: neither headers nor body are sent before it was seen.
 * @throws {Error} if there is no answer, or the key is another one
 */
export function pinnedRequest({ url, pin, body, timeout, ...call }: PinnedRequest): Promise<Response> {
  return new Promise((resolve, reject) => {
    // The key is what is trusted; who signed it is of no matter.
    const outgoing = request(url, { ...call, agent: false, rejectUnauthorized: false, timeout });
    const fail = (error: Error): void => {
      reject(error);
      outgoing.destroy();
    };
    const timer = setTimeout(() => fail(new Error(`no answer in ${timeout} ms`)), timeout);
    outgoing.once("close", () => clearTimeout(timer));
    outgoing.once("error", reject);
    outgoing.once("socket", (socket) => {
      socket.once("secureConnect", () => {
        const certificate = (socket as TLSSocket).getPeerX509Certificate();
        const found = certificate && pinOf(certificate);
        if (found === pin) outgoing.end(body);
        else fail(new Error(`its key is ${found ?? "none"}, expected ${pin}`));
      });
    });
    outgoing.once("response", (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.once("error", reject);
      incoming.once("end", () => {
        const { statusCode: status = 0, statusMessage: statusText = "" } = incoming;
        const text = chunks.length === 0 ? null : Buffer.concat(chunks).toString("utf8");
        resolve(new Response(text, { status, statusText }));
      });
    });
  });
}
