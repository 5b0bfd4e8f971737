import { createHash } from "node:crypto";
import { chmodSync, createWriteStream, renameSync } from "node:fs";
import { connect } from "node:net";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import type { ToolPin, VendorPin } from "./pins";
import type { Platform } from "./platform";
import { run } from "../base/run";

/** A host that does not take a connection within this time is out of reach. */
const CONNECT_TIMEOUT_MS = 3_000;
/** A host that took the connection and sends no headers in this time is given up. */
const ANSWER_TIMEOUT_MS = 15_000;
/** A download that brings nothing for this long is given up. */
const STALL_TIMEOUT_MS = 30_000;

/** A release of one tool for one platform, with nothing left to replace. */
export interface Release {
  readonly url: string;
  readonly sumsUrl: string;
  readonly sha256: string | undefined;
  /** Program to its place in the archive; undefined if `url` is the program itself. */
  readonly members: Readonly<Record<string, string>> | undefined;
}

/** The release for that platform, or undefined if the vendor publishes none. */
export function releaseFor(pin: ToolPin, platform: Platform): Release | undefined {
  const vendor: VendorPin | undefined = pin.vendor;
  if (vendor === undefined) return undefined;
  const words: Record<string, string> = {
    version: pin.version,
    os: platform.os,
    arch: vendor.arch?.[platform.arch] ?? platform.arch,
  };
  const fill = (text: string): string =>
    text.replace(/\{(\w+)\}/g, (whole, word: string) => words[word] ?? whole);
  return {
    url: fill(vendor.url),
    sumsUrl: fill(vendor.sums),
    sha256: vendor.sha256?.[`${platform.os}-${platform.arch}`],
    members:
      vendor.members &&
      Object.fromEntries(Object.entries(vendor.members).map(([name, at]) => [name, fill(at)])),
  };
}

/** Asks each host once whether it can be reached. */
export class Reachability {
  private readonly asked = new Map<string, Promise<boolean>>();

  /** @param onUnreachable Called once per host that is out of reach. */
  constructor(private readonly onUnreachable: (host: string) => void) {}

  canReach(url: string): Promise<boolean> {
    const { hostname, port, protocol, host } = new URL(url);
    let answer = this.asked.get(host);
    if (!answer) {
      answer = canConnect(hostname, Number(port) || (protocol === "http:" ? 80 : 443));
      this.asked.set(host, answer);
      void answer.then((reached) => reached || this.onUnreachable(host));
    }
    return answer;
  }
}

function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (reached: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reached);
    };
    // Covers the name lookup as well, which a socket's own timeout does not.
    const timer = setTimeout(() => settle(false), CONNECT_TIMEOUT_MS);
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
}

/**
 * Downloads a release, checks its SHA-256 against the pinned sum or the vendor's published ones, and puts the
 * programs into `dir`.
 * @param name The program's name if the release is no archive.
 * @throws {Error} when the sum differs, none is published, or the download breaks; `dir` then holds nothing to be used
 */
export async function fetchRelease(
  name: string,
  release: Release,
  dir: string,
  scratch: string,
  { note, signal }: { note: (text: string) => void; signal?: AbortSignal },
): Promise<void> {
  const wanted = release.sha256 ?? (await publishedSum(release, signal));
  const file = join(scratch, "download");
  const found = await download(release.url, file, note, signal);
  if (found !== wanted) {
    throw new Error(`${release.url}: SHA-256 is ${found}, should be ${wanted}; refused`);
  }
  if (release.members === undefined) {
    renameSync(file, join(dir, name));
    chmodSync(join(dir, name), 0o755);
    return;
  }
  note("unpacking");
  const unpack = [
    "tar",
    "-xzf",
    file,
    "-C",
    scratch,
    "--no-same-owner",
    ...Object.values(release.members),
  ] as const;
  await run([...unpack], signal ? { signal } : {});
  for (const [program, at] of Object.entries(release.members)) {
    renameSync(join(scratch, at), join(dir, program));
    chmodSync(join(dir, program), 0o755);
  }
}

/**
 * The sum of a file in the text of a checksum file: lines of `<hex>  <name>` or `<hex> *<name>`, or the sum alone.
 */
export function findSum(text: string, fileName: string): string | undefined {
  const lines = text.split("\n").map((line) => line.trim());
  for (const line of lines) {
    const [sum = "", name = ""] = line.split(/\s+\*?/);
    if (/^[0-9a-f]{64}$/i.test(sum) && basename(name) === fileName) return sum.toLowerCase();
  }
  const filled = lines.filter((line) => line !== "");
  return filled.length === 1 && /^[0-9a-f]{64}$/i.test(filled[0] ?? "")
    ? filled[0]?.toLowerCase()
    : undefined;
}

/**
 * The SHA-256 that the vendor publishes for a release.
 * @throws {Error} naming the address, if it cannot be read or names no such file
 */
export async function publishedSum(release: Release, signal?: AbortSignal): Promise<string> {
  const response = await get(release.sumsUrl, signal);
  const sum = findSum(await response.text(), basename(new URL(release.url).pathname));
  if (sum === undefined)
    throw new Error(`${release.sumsUrl} holds no SHA-256 of ${basename(release.url)}; refused`);
  return sum;
}

async function download(
  url: string,
  file: string,
  note: (text: string) => void,
  signal?: AbortSignal,
): Promise<string> {
  const stalled = new AbortController();
  const response = await get(url, signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal);
  if (response.body === null) throw new Error(`${url}: an empty answer`);
  const total = Number(response.headers.get("content-length")) || undefined;
  const hash = createHash("sha256");
  let got = 0;
  const giveUp = (): void => stalled.abort(new Error(`${url}: no data for ${STALL_TIMEOUT_MS / 1000} s`));
  const timer = setTimeout(giveUp, STALL_TIMEOUT_MS);
  try {
    await pipeline(
      Readable.fromWeb(response.body as ReadableStream),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          timer.refresh();
          hash.update(chunk);
          got += chunk.length;
          note(`downloading ${megabytes(got)}${total === undefined ? "" : ` of ${megabytes(total)}`}`);
          yield chunk;
        }
      },
      createWriteStream(file, { mode: 0o600 }),
    );
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(`${url}: the download broke off after ${megabytes(got)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
  return hash.digest("hex");
}

async function get(url: string, signal?: AbortSignal): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new Error(`no answer for ${ANSWER_TIMEOUT_MS / 1000} s`)),
    ANSWER_TIMEOUT_MS,
  );
  let response: Response;
  try {
    response = await fetch(url, { signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal });
  } catch (error) {
    signal?.throwIfAborted();
    const why = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new Error(`${url}: ${why instanceof Error ? why.message : String(why)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
  if (!response.ok) throw new Error(`${url}: HTTP status ${response.status}`);
  return response;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
