import { createHash, timingSafeEqual } from "node:crypto";
import { type z } from "zod";
import { describeFaults } from "../../base/faults";
import { zodFaults } from "../../base/zod-faults";
import type { Images } from "./images";
import { journaled, KEPT } from "./journal";
import {
  journalEntrySchema,
  MAC,
  type MachineRecord,
  type MachineState,
  registrationSchema,
  type Report,
  reportSchema,
} from "./record";
import { renderBootScript, renderNoBoot } from "./script";
import type { MachineStore, StoredMachine } from "./store";

export interface BootRequest {
  readonly method: string;
  /** Path without a query. */
  readonly path: string;
  readonly authorization?: string | undefined;
  readonly body: string;
}

export interface BootAnswer {
  readonly status: number;
  readonly type: "application/json" | "text/plain" | "application/octet-stream";
  /** Text, or a file to send. */
  readonly body: string | { readonly file: string; readonly bytes: number };
  readonly headers?: Readonly<Record<string, string>>;
}

export interface BootHandlerOptions {
  /** Where machines reach this service; written into scripts. */
  readonly url: string;
  readonly adminToken: string;
  readonly store: MachineStore;
  readonly images: Images;
  readonly now: () => Date;
  /** That many random bytes, fit for secrets. */
  readonly random: (bytes: number) => Buffer;
}

/** Ends a request with an error that tells the way out. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly fix: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** States of a boot that is under way. */
const UNDER_WAY: readonly MachineState[] = ["booting", "wiping", "installing", "joining"];

/** States from which a machine's report may lead to another. A repeated report changes nothing but `readyAt`. */
const REPORT_AFTER: Readonly<Record<Report["state"], readonly MachineState[]>> = {
  wiping: ["booting", "wiping"],
  installing: ["booting", "wiping", "installing"],
  booting: ["booting", "installing"],
  joining: ["booting", "installing", "joining"],
  ready: [...UNDER_WAY, "ready"],
  failed: [...UNDER_WAY, "failed"],
};

type Handler = (request: BootRequest, parameter: string) => BootAnswer;

/** The calls of docs/architecture.md, Boot service, without sockets. */
export function createBootHandler(options: BootHandlerOptions): (request: BootRequest) => BootAnswer {
  const { store, images, now, random, url } = options;

  const admin =
    (handler: Handler): Handler =>
    (request, parameter) => {
      if (!sameSecret(bearer(request), options.adminToken)) {
        throw new Refusal(
          401,
          "not the administrator's token",
          "send the bootToken of credentials.json as a bearer token",
        );
      }
      return handler(request, parameter);
    };

  const registered = (mac: string): StoredMachine => {
    const machine = store.get(mac);
    if (!machine) throw new Refusal(404, `no machine ${mac}`, `register it with PUT /v1/machines/${mac}`);
    return machine;
  };

  const enter = (machine: StoredMachine, state: MachineState): StoredMachine =>
    machine.state === state && machine.history.length > 0
      ? machine
      : {
          ...machine,
          state,
          history: [...machine.history, { at: now().toISOString(), state }].slice(-KEPT),
        };

  const save = (machine: StoredMachine): BootAnswer => {
    store.put(machine);
    return json(200, publicRecord(machine));
  };

  const register: Handler = (request, mac) => {
    const registration = parse(registrationSchema, request.body);
    const namesake = store.all().find((m) => m.name === registration.name && m.mac !== mac);
    if (namesake) {
      throw new Refusal(
        409,
        `${registration.name} is the name of ${namesake.mac}`,
        "remove that machine or choose another name",
      );
    }
    const known = store.get(mac);
    return save(
      known
        ? { ...known, ...registration }
        : enter({ mac, ...registration, state: "off", history: [] }, "off"),
    );
  };

  const expectBoot: Handler = (_request, mac) => {
    const { name, role, address, image, history, orders, rejected } = registered(mac);
    const token = random(32).toString("base64url");
    // A boot that is expected again is another boot, so it stands in the history even if the last one never came.
    const expectedAt = now().toISOString();
    const entered = [...history, { at: expectedAt, state: "booting" as const }].slice(-KEPT);
    const kept = { ...(image && { image }), ...(orders && { orders }), ...(rejected && { rejected }) };
    return save({ mac, name, role, address, ...kept, token, state: "booting", expectedAt, history: entered });
  };

  const journal: Handler = (request, mac) =>
    save(journaled(registered(mac), parse(journalEntrySchema, request.body), now()));

  const script: Handler = (_request, mac) => {
    const machine = registered(mac);
    if (!UNDER_WAY.includes(machine.state) || machine.token === undefined) {
      return { status: 200, type: "text/plain", body: renderNoBoot(machine) };
    }
    if (machine.bootedAt === undefined)
      store.put({ ...machine, root: images.set.root, bootedAt: now().toISOString() });
    return {
      status: 200,
      type: "text/plain",
      body: renderBootScript({ url, machine, images: images.set, token: machine.token }),
      headers: { "cache-control": "no-store" },
    };
  };

  const report: Handler = (request, mac) => {
    const machine = store.get(mac);
    // An unknown machine and a wrong token look alike from outside.
    if (!machine?.token || !sameSecret(bearer(request), machine.token)) {
      throw new Refusal(
        401,
        "not the token of this boot",
        "use the token of the script that this boot fetched",
      );
    }
    const told = parse(reportSchema, request.body);
    // The lifecycle gave up, and the machine came up after all.
    const late = told.state === "ready" && machine.failure !== undefined && machine.error === undefined;
    if (!REPORT_AFTER[told.state].includes(machine.state) && !late) {
      throw new Refusal(
        409,
        `${told.state} cannot follow ${machine.state}`,
        "expect a new boot, then switch the machine on",
      );
    }
    const next = enter(machine, told.state);
    if (told.state === "ready") {
      const { hardware, root = machine.root, clock } = told;
      const at = now();
      const clockAhead = clock === undefined ? undefined : (Date.parse(clock) - at.getTime()) / 1000;
      return save({
        ...next,
        failure: undefined,
        hardware,
        readyAt: at.toISOString(),
        ...(root !== undefined && { root }),
        ...(clockAhead !== undefined && { clockAhead }),
      });
    }
    if (told.state === "failed") return save({ ...next, error: told.error });
    return save(next);
  };

  const image: Handler = (_request, sha256) => {
    const found = images.files.get(sha256);
    if (!found)
      throw new Refusal(
        404,
        `no image ${sha256}`,
        "fetch the boot script again; the images may have changed",
      );
    return { status: 200, type: "application/octet-stream", body: found };
  };

  const routes: readonly (readonly [RegExp, Readonly<Record<string, Handler>>])[] = [
    [/^\/v1\/machines$/, { GET: admin(() => json(200, store.all().map(publicRecord))) }],
    [
      /^\/v1\/machines\/([^/]+)$/,
      {
        GET: admin((_request, mac) => json(200, publicRecord(registered(mac)))),
        PUT: admin(register),
        DELETE: admin((_request, mac) => {
          registered(mac);
          store.remove(mac);
          return { status: 204, type: "application/json", body: "" };
        }),
      },
    ],
    [/^\/v1\/machines\/([^/]+)\/boot$/, { POST: admin(expectBoot) }],
    [/^\/v1\/machines\/([^/]+)\/journal$/, { POST: admin(journal) }],
    [/^\/v1\/machines\/([^/]+)\/report$/, { POST: report }],
    [/^\/boot\/([^/]+)$/, { GET: script }],
    [/^\/images\/([^/]+)$/, { GET: image }],
  ];

  return (request) => {
    try {
      const route = routes.find(([pattern]) => pattern.test(request.path));
      if (!route)
        throw new Refusal(
          404,
          `no such path: ${request.path.slice(0, 100)}`,
          "see bare-metal/boot/README.md",
        );
      const [pattern, methods] = route;
      const handler = methods[request.method];
      if (!handler) {
        const allow = Object.keys(methods).join(", ");
        throw new Refusal(405, `${request.method} does not exist here`, `use ${allow}`, { allow });
      }
      const parameter = pattern.exec(request.path)?.[1] ?? "";
      if (!request.path.startsWith("/images") && parameter !== "" && !MAC.test(parameter)) {
        throw new Refusal(
          400,
          "not a MAC address",
          "write it in lower case with colons, such as 52:54:00:71:00:11",
        );
      }
      return handler(request, parameter);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return errorAnswer(error.status, error.message, error.fix, error.headers);
    }
  };
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

function json(status: number, value: unknown): BootAnswer {
  return { status, type: "application/json", body: `${JSON.stringify(value)}\n` };
}

function publicRecord({ token: _token, ...record }: StoredMachine): MachineRecord {
  return record;
}

function parse<T>(schema: z.ZodType<T>, body: string): T {
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

function bearer(request: BootRequest): string {
  return /^Bearer (.+)$/.exec(request.authorization ?? "")?.[1] ?? "";
}

/** Compares in a time that depends on neither text; digests have one length. */
function sameSecret(given: string, expected: string): boolean {
  const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(sha256(given), sha256(expected)) && expected !== "";
}
