import { createReadStream } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type BootAnswer, createBootHandler, errorAnswer } from "./handler";
import type { Images } from "./images";
import { MachineStore } from "./store";

/** Largest body accepted, in bytes: a report of 16 GPUs and 16 HCAs takes less than 4 KiB. */
export const BODY_LIMIT = 64 * 1024;

export interface BootServiceSettings {
  /** Where machines reach this service, such as `http://10.1.0.1:8080`. */
  readonly url: string;
  /** Folder of the service's own. */
  readonly stateDir: string;
  /** The administrator's token. A secret. */
  readonly adminToken: string;
  readonly images: Images;
  /** Default: the clock. */
  readonly now?: () => Date;
  /** Default: the kernel's. */
  readonly random?: (bytes: number) => Buffer;
  /** Told of each request, without secrets. Default: nothing. */
  readonly log?: (line: string) => void;
}

/** The boot service as an HTTP server that does not listen yet. */
export function createBootService(settings: BootServiceSettings): Server {
  const {
    url,
    stateDir,
    adminToken,
    images,
    now = () => new Date(),
    random = randomBytes,
    log = () => undefined,
  } = settings;
  const handle = createBootHandler({
    url,
    adminToken,
    images,
    now,
    random,
    store: new MachineStore(join(stateDir, "machines")),
  });

  const answer = async (request: IncomingMessage): Promise<BootAnswer> => {
    const body = await readBody(request);
    if (body === undefined) return errorAnswer(413, `the body is over ${BODY_LIMIT} bytes`, "send less");
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    return handle({
      method: request.method ?? "GET",
      path,
      authorization: request.headers.authorization,
      body,
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
    log(
      `${now().toISOString()} ${request.socket.remoteAddress} ${request.method} ${request.url} ${result.status}`,
    );
    await send(response, result, request.complete);
  };

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      // The client went away, or the file ended early: there is nobody left to tell.
      log(`${request.method} ${request.url}: ${(error as Error).message}`);
      response.destroy();
    });
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  return server;
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
  read: boolean,
): Promise<void> {
  // What was not read of a body that is too long must not be taken for the next request.
  const connection = read ? {} : { connection: "close" };
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.bytes;
  response.writeHead(status, { "content-type": type, "content-length": length, ...connection, ...headers });
  if (typeof body === "string") response.end(body);
  else await pipeline(createReadStream(body.file), response);
}
