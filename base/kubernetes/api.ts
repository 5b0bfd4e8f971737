import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parse } from "yaml";
import type { KubeObject } from "./objects";

/** How one client reaches an API server. Holds a secret: a private key or a token. */
export interface Connection {
  readonly server: string;
  readonly ca: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** Asked for before each call: a mounted token is renewed while it is used. */
  readonly token?: () => string;
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
    readonly user: {
      readonly "client-certificate-data"?: string;
      readonly "client-key-data"?: string;
      readonly token?: string;
    };
  }[];
}

/**
 * The connection of a kubeconfig's current context; certificates, and the key or the token, must be inline.
 * @throws {Error} if a part is missing; the text is not shown, for it holds a key
 */
export function parseKubeconfig(text: string): Connection {
  const file = parse(text) as KubeconfigFile;
  const context = file.contexts.find((c) => c.name === file["current-context"])?.context;
  const cluster = file.clusters.find((c) => c.name === context?.cluster)?.cluster;
  const user = file.users.find((u) => u.name === context?.user)?.user;
  if (!cluster || !user) throw new Error("kubeconfig: its current context has no cluster or no user");
  const at = { server: cluster.server, ca: Buffer.from(cluster["certificate-authority-data"], "base64") };
  const { token, "client-certificate-data": cert, "client-key-data": key } = user;
  if (token !== undefined) return { ...at, token: () => token };
  if (cert === undefined || key === undefined) {
    throw new Error("kubeconfig: its user has neither a token nor a certificate with its key");
  }
  return { ...at, cert: Buffer.from(cert, "base64"), key: Buffer.from(key, "base64") };
}

/** Where a pod finds its ServiceAccount (Kubernetes, "Accessing the Kubernetes API from a Pod"). */
const IN_CLUSTER = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * The connection of a pod of the cluster, by its ServiceAccount.
 * @throws {Error} outside of a pod
 */
export function inClusterConnection(env: NodeJS.ProcessEnv = process.env): Connection {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (!host || !port) throw new Error("not in a pod of a cluster; name a kubeconfig");
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    ca: readFileSync(join(IN_CLUSTER, "ca.crt")),
    token: () => readFileSync(join(IN_CLUSTER, "token"), "utf8").trim(),
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

/** What a call answers, or undefined where the API server says with one of these statuses that it need not be done. */
export async function unlessStatus<T>(statuses: readonly number[], call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ApiError && statuses.includes(error.status)) return undefined;
    throw error;
  }
}

/** What a call about one object answers; undefined where there is no such object. */
export function ifThere<T>(call: Promise<T>): Promise<T | undefined> {
  return unlessStatus([404], call);
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
/** When the server is asked to end a watch, and when its silence counts as a broken connection. */
const WATCH_SECONDS = 300;
const WATCH_BROKEN_MS = (WATCH_SECONDS + 30) * 1_000;

/** The few calls of the Kubernetes API that Lectern's own programs need. */
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

  /** Server-side apply (Kubernetes, "Server-Side Apply") as the owner `lectern`, over the fields of others. */
  apply<T>(path: string, body: unknown): Promise<T> {
    const query = "fieldManager=lectern&force=true";
    return this.call("PATCH", `${path}?${query}`, body, "application/apply-patch+yaml");
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
    selectors = "",
  ): Promise<void> {
    const query = `watch=1&allowWatchBookmarks=true&timeoutSeconds=${WATCH_SECONDS}&resourceVersion=${resourceVersion}`;
    const selected = selectors === "" ? "" : `&${selectors}`;
    const response = await this.send("GET", `${path}?${query}${selected}`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(WATCH_BROKEN_MS)]),
    });
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
      const { token } = this.connection;
      const headers = {
        ...options.headers,
        ...(payload ? { "content-length": payload.length } : {}),
        ...(token ? { authorization: `Bearer ${token()}` } : {}),
      };
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
