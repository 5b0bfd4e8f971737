import { request } from "node:http";

export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
}

export interface HttpCall {
  readonly url: string;
  /** Address of the machine, from which it calls. */
  readonly from: string;
  readonly signal: AbortSignal;
  /** Sent as JSON by POST. Default: GET. */
  readonly json?: unknown;
  /** Bearer token. A secret. */
  readonly token?: string;
}

/** One HTTP call as a machine makes it, from its own address. */
export function call({ url, from, signal, json, token }: HttpCall): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const body = json === undefined ? undefined : JSON.stringify(json);
    const outgoing = request(
      url,
      {
        method: body === undefined ? "GET" : "POST",
        localAddress: from,
        signal,
        timeout: 10_000,
        // A connection of its own: a kept one would stay behind when power is cut.
        agent: false,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined
            ? {}
            : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
        response.on("error", reject);
      },
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer within 10 s")));
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
