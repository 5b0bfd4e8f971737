import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import {
  RedfishAbortedError,
  RedfishCertificateError,
  type RedfishError,
  RedfishMalformedReplyError,
  RedfishTimeoutError,
  RedfishUnreachableError,
} from "../errors";
import type { Settings } from "../options";
import { certificateProblem } from "./trust";

/** The largest answer that is read: logs of thousands of entries come to a few megabytes. */
const MAX_BODY = 16 * 2 ** 20;
const TOO_LONG = `longer than ${MAX_BODY} bytes`;
/** Connections to one BMC: their web servers have few threads. */
const MAX_CONNECTIONS = 4;

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

export interface Request {
  readonly method: Method;
  /** Path and query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** HTTPS to one BMC: a request is sent once, and only after the BMC's certificate was checked. */
export class Https {
  private readonly reads = new Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS, maxCachedSessions: 0 });
  /** A BMC may close an idle connection at any time; a change that is sent just then would be lost without a trace. */
  private readonly changes = new Agent({ maxSockets: MAX_CONNECTIONS, maxCachedSessions: 0 });
  /** Connections whose certificate was found to be the BMC's. */
  private readonly checked = new WeakSet<Socket>();

  constructor(private readonly settings: Settings) {}

  /**
   * @param signal ends it
   * @throws {RedfishError} for whatever keeps a whole answer from coming; an answer's status is the caller's matter
   */
  send(request: Request, signal: AbortSignal | undefined): Promise<Answer> {
    const { host, port, label, timeout, trust } = this.settings;
    const command = `${request.method} ${request.path.split("?")[0]}`;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(new RedfishAbortedError(label, command));
      const outgoing = httpsRequest({
        host,
        port,
        method: request.method,
        path: request.path,
        headers: { ...request.headers, "Content-Length": request.body?.length ?? 0 },
        agent: request.method === "GET" ? this.reads : this.changes,
        ca: trust.authorities,
        // Not taken on trust: Node.js checks, and certificateProblem() looks at the verdict before anything is written.
        rejectUnauthorized: false,
      });
      let [sent, over] = [false, false];
      let timer: NodeJS.Timeout | undefined;
      const settle = (): void => {
        over = true;
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
      };
      const fail = (error: RedfishError): void => {
        settle();
        reject(error);
        outgoing.destroy();
      };
      const again = (): void => {
        settle();
        outgoing.destroy();
        resolve(this.send(request, signal));
      };
      const abort = (): void => fail(new RedfishAbortedError(label, command));
      const late = (): void => {
        const waited = `${timeout} ms`;
        if (sent) fail(new RedfishTimeoutError(label, command, waited, request.method !== "GET"));
        else fail(unreachable(label, command, `no connection in ${waited}`));
      };
      signal?.addEventListener("abort", abort, { once: true });
      outgoing.once("socket", (socket) => {
        if (over) return;
        // From here on, since a request may wait for its turn.
        timer = setTimeout(late, timeout);
        // Nothing of a request is written before `end`, so neither password nor token leaves before the check.
        const write = (): void => {
          sent = true;
          outgoing.end(request.body);
        };
        if (this.checked.has(socket)) return write();
        // One that was opened for a request that ended before its check.
        if (outgoing.reusedSocket) return again();
        socket.once("secureConnect", () => {
          const problem = certificateProblem(socket as TLSSocket, trust);
          if (problem !== undefined) return fail(untrusted(label, command, problem));
          this.checked.add(socket);
          write();
        });
      });
      const lost = (error: NodeJS.ErrnoException): void => {
        if (over) return;
        // The BMC closed an idle connection just when it was used again.
        if (outgoing.reusedSocket && error.code === "ECONNRESET") return again();
        const code = error.code ?? error.message;
        if (sent) fail(new RedfishTimeoutError(label, command, code, request.method !== "GET"));
        else fail(unreachable(label, command, code));
      };
      outgoing.on("error", lost);
      outgoing.once("response", (incoming) => {
        collect(incoming).then((body) => {
          if (body === undefined) return fail(new RedfishMalformedReplyError(label, command, TOO_LONG));
          settle();
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body });
        }, lost);
      });
    });
  }

  /** Closes the connections. What is under way ends with an error. */
  close(): void {
    this.reads.destroy();
    this.changes.destroy();
  }
}

/** The whole body, or undefined if it is too long. */
async function collect(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function unreachable(label: string, command: string, problem: string): RedfishError {
  return new RedfishUnreachableError(
    label,
    command,
    problem,
    "the BMC's address and port, and its HTTPS service",
  );
}

function untrusted(label: string, command: string, problem: string): RedfishError {
  return new RedfishCertificateError(
    label,
    command,
    problem,
    "at the BMC's console that this is its certificate, then give its fingerprint or its authority's certificate",
  );
}
