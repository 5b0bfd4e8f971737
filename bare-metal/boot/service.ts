import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { TLSSocket } from "node:tls";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type BootAnswer, errorAnswer } from "./answers";
import { DiscoveredMachines } from "./discovered";
import { createBootHandler } from "./handler";
import type { Images } from "./images";
import type { SecureService } from "./script";
import { SharedReads } from "./shared-reads";
import { MachineStore } from "./store";
import type { BootTls } from "./tls";

/** Largest body accepted, in bytes: a report of 16 GPUs and 16 HCAs takes less than 4 KiB. */
export const BODY_LIMIT = 64 * 1024;

export interface BootServiceSettings {
  /** Where machines reach this service, such as `http://10.1.0.1:8080`. */
  readonly url: string;
  /** Folder of the service's own. */
  readonly stateDir: string;
  /** The administrator's token. A secret. */
  readonly adminToken: string;
  /** What there is to boot, looked at anew at each call. */
  readonly images: Images | (() => Images);
  /** Where machines reach it over TLS, and with which certificate. Default: not at all. */
  readonly secure?: SecureService & Pick<BootTls, "certificate" | "key">;
  /** Default: the clock. */
  readonly now?: () => Date;
  /** Default: the kernel's. */
  readonly random?: (bytes: number) => Buffer;
  /** Told of each request, without secrets. Default: nothing. */
  readonly log?: (line: string) => void;
}

/** The servers of a boot service; none listens yet. */
export interface BootServers {
  readonly plain: Server;
  /** There if the settings name a certificate. */
  readonly tls?: Server;
}

/** The boot service as an HTTP server that does not listen yet. */
export function createBootService(settings: BootServiceSettings): Server {
  return createBootServers(settings).plain;
}

/** The same over plain HTTP and over TLS, both on one state. */
export function createBootServers(settings: BootServiceSettings): BootServers {
  const {
    url,
    stateDir,
    adminToken,
    images,
    secure,
    now = () => new Date(),
    random = randomBytes,
    log = () => undefined,
  } = settings;
  const handle = createBootHandler({
    url,
    secure: secure && { url: secure.url, pin: secure.pin },
    adminToken,
    images: typeof images === "function" ? images : () => images,
    now,
    random,
    store: new MachineStore(join(stateDir, "machines")),
    discovered: new DiscoveredMachines(join(stateDir, "discovered")),
  });

  const files = new SharedReads();

  const answer = async (request: IncomingMessage): Promise<BootAnswer> => {
    const body = await readBody(request);
    if (body === undefined) return errorAnswer(413, `the body is over ${BODY_LIMIT} bytes`, "send less");
    const path = decoded((request.url ?? "/").split("?")[0] ?? "/");
    return handle({
      method: request.method ?? "GET",
      path,
      authorization: request.headers.authorization,
      body,
      from: callerOf(request),
      secure: isSecure(request),
    });
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let result: BootAnswer;
    try {
      result = await answer(request);
    } catch (error) {
      log(`${request.method} ${request.url}: ${(error as Error).stack ?? String(error)}`);
      result = errorAnswer(500, "the boot service failed", "see its log");
    }
    log(`${now().toISOString()} ${callerOf(request)} ${request.method} ${request.url} ${result.status}`);
    await send(response, result, { files, read: request.complete });
  };

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    serve(request, response).catch((error: unknown) => {
      // The client went away, or the file ended early: there is nobody left to tell.
      log(`${request.method} ${request.url}: ${(error as Error).message}`);
      response.destroy();
    });
  };
  const plain = withTimeouts(createServer(listener));
  if (!secure) return { plain };
  const { certificate: cert, key } = secure;
  return { plain, tls: withTimeouts(createSecureServer({ cert, key }, listener)) };
}

function withTimeouts(server: Server): Server {
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  return server;
}

/** iPXE writes the colons of a MAC as %3A. What is no such writing stays, and matches no path. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function callerOf({ socket }: IncomingMessage): string {
  return (socket.remoteAddress ?? "").replace(/^::ffff:/, "");
}

/** TLS, or a caller with an address of this machine. */
function isSecure({ socket }: IncomingMessage): boolean {
  return (socket as TLSSocket).encrypted === true || socket.remoteAddress === socket.localAddress;
}

/** The body, or undefined if it is over the limit. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_LIMIT) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function send(
  response: ServerResponse,
  { status, type, body, headers }: BootAnswer,
  { files, read }: { readonly files: SharedReads; readonly read: boolean },
): Promise<void> {
  // What was not read of a body that is too long must not be taken for the next request.
  const connection = read ? {} : { connection: "close" };
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.bytes;
  response.writeHead(status, { "content-type": type, "content-length": length, ...connection, ...headers });
  if (typeof body === "string") response.end(body);
  else await pipeline(files.read(body.file, body.bytes), response);
}
