import { Agent, request as httpsRequest } from "node:https";
import type { IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import { parse } from "yaml";
import type { KubeObject } from "./objects";

/** How one client reaches an API server. Holds a private key. */
export interface Connection {
  readonly server: string;
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

interface KubeconfigFile {
  readonly "current-context": string;
  readonly contexts: readonly {
    readonly name: string;
    readonly context: { readonly cluster: string; readonly user: string };
  }[];
  readonly clusters: readonly {
    readonly name: string;
    readonly cluster: { readonly server: string; readonly "certificate-authority-data": string };
  }[];
  readonly users: readonly {
    readonly name: string;
    readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string };
  }[];
}

/**
 * The connection of a kubeconfig's current context; certificates and key must be inline.
 * @throws {Error} if a part is missing; the text is not shown, for it holds a key
 */
export function parseKubeconfig(text: string): Connection {
  const file = parse(text) as KubeconfigFile;
  const context = file.contexts.find((c) => c.name === file["current-context"])?.context;
  const cluster = file.clusters.find((c) => c.name === context?.cluster)?.cluster;
  const user = file.users.find((u) => u.name === context?.user)?.user;
  if (!cluster || !user) throw new Error("kubeconfig: its current context has no cluster or no user");
  return {
    server: cluster.server,
    ca: Buffer.from(cluster["certificate-authority-data"], "base64"),
    cert: Buffer.from(user["client-certificate-data"], "base64"),
    key: Buffer.from(user["client-key-data"], "base64"),
  };
}

/** An answer of the API server that is no success. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

export interface WatchEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: T;
}

interface SendOptions {
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How long one call may take; a watch is exempt. */
const CALL_MS = 10_000;

/** The few calls of the Kubernetes API that the runner needs. */
export class KubeApi {
  private readonly agent: Agent;

  constructor(readonly connection: Connection) {
    const { ca, cert, key } = connection;
    this.agent = new Agent({ ca, cert, key, keepAlive: true });
  }

  get<T>(path: string): Promise<T> {
    return this.call("GET", path);
  }

  post<T>(path: string, body: unknown): Promise<T> {
    return this.call("POST", path, body, "application/json");
  }

  /** JSON merge patch (RFC 7386). */
  patch<T>(path: string, body: unknown): Promise<T> {
    return this.call("PATCH", path, body, "application/merge-patch+json");
  }

  delete(path: string, options: unknown): Promise<unknown> {
    return this.call("DELETE", path, options, "application/json");
  }

  close(): void {
    this.agent.destroy();
  }

  /**
   * Hands on each event until the server ends the stream or the signal comes.
   * @throws {ApiError} if the server refuses; {Error} if the connection breaks
   */
  async watch<T extends KubeObject>(
    path: string,
    resourceVersion: string,
    signal: AbortSignal,
    onEvent: (event: WatchEvent<T>) => void,
  ): Promise<void> {
    const query = `watch=1&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=${resourceVersion}`;
    const response = await this.send("GET", `${path}?${query}`, { signal });
    if (response.statusCode !== 200) throw new ApiError(response.statusCode ?? 0, await bodyOf(response));
    for await (const line of createInterface({ input: response, crlfDelay: Infinity })) {
      if (line !== "") onEvent(JSON.parse(line) as WatchEvent<T>);
    }
  }

  private async call<T>(method: string, path: string, body?: unknown, contentType?: string): Promise<T> {
    const response = await this.send(
      method,
      path,
      {
        signal: AbortSignal.timeout(CALL_MS),
        ...(contentType ? { headers: { "content-type": contentType } } : {}),
      },
      body,
    );
    const text = await bodyOf(response);
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 299)
      throw new ApiError(status, `${method} ${path}: ${status} ${messageOf(text)}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  private send(method: string, path: string, options: SendOptions, body?: unknown): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
      // Node gives the body of a DELETE no length by itself, and the next call on the connection would begin with it.
      const headers = { ...options.headers, ...(payload ? { "content-length": payload.length } : {}) };
      const url = new URL(path, this.connection.server);
      const call = httpsRequest(url, { ...options, headers, method, agent: this.agent }, resolve);
      call.once("error", reject);
      call.end(payload);
    });
  }
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function messageOf(body: string): string {
  try {
    return (JSON.parse(body) as { message?: string }).message ?? "";
  } catch {
    return body.slice(0, 200);
  }
}
