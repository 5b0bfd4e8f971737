import { createHash, timingSafeEqual } from "node:crypto";
import { type z } from "zod";
import { describeFaults } from "../../base/faults";
import { zodFaults } from "../../base/zod-faults";

export interface BootRequest {
  readonly method: string;
  /** Path without a query. */
  readonly path: string;
  readonly authorization?: string | undefined;
  readonly body: string;
  /** Address of the caller. */
  readonly from: string;
  /** Nobody between can read along: TLS, or a caller on this machine. */
  readonly secure: boolean;
}

export interface BootAnswer {
  readonly status: number;
  readonly type: "application/json" | "text/plain" | "application/octet-stream";
  /** Text, or a file to send. */
  readonly body: string | { readonly file: string; readonly bytes: number };
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers one kind of call; `parameter` is what its path names. */
export type Handler = (request: BootRequest, parameter: string) => BootAnswer;

/** Ends a request with an error that tells the way out. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly fix: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** An error as every call answers it: `{error, fix}`. */
export function errorAnswer(
  status: number,
  error: string,
  fix: string,
  headers: Readonly<Record<string, string>> = {},
): BootAnswer {
  return { ...json(status, { error, fix }), headers };
}

export function json(status: number, value: unknown): BootAnswer {
  return { status, type: "application/json", body: `${JSON.stringify(value)}\n` };
}

/** A script or anything else for firmware; nobody keeps it. */
export function script(body: string): BootAnswer {
  return { status: 200, type: "text/plain", body, headers: { "cache-control": "no-store" } };
}

export const nothing: BootAnswer = { status: 204, type: "application/json", body: "" };

/** @throws {Refusal} naming every fault of the body */
export function parse<T>(schema: z.ZodType<T>, body: string): T {
  let data: unknown;
  try {
    data = JSON.parse(body);
  } catch {
    throw new Refusal(400, "the body is not JSON", "send a JSON object");
  }
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new Refusal(
    400,
    describeFaults("body", zodFaults(parsed.error, data)),
    "correct the body and send it again",
  );
}

export function bearer(request: BootRequest): string {
  return /^Bearer (.+)$/.exec(request.authorization ?? "")?.[1] ?? "";
}

/** Compares in a time that depends on neither text; digests have one length. */
export function sameSecret(given: string, expected: string): boolean {
  const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(sha256(given), sha256(expected)) && expected !== "";
}

/** @throws {Refusal} unless the call cannot be read along */
export function mustBeSecure(request: BootRequest): void {
  if (!request.secure) {
    throw new Refusal(403, "this call carries secrets, and plain HTTP does not hide them", "call over TLS");
  }
}
