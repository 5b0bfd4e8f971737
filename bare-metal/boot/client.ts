import { z } from "zod";
import type { Milliseconds } from "../../base/units";
import {
  type Discovery,
  discoverySchema,
  type JournalEntry,
  type MachineRecord,
  machineRecordSchema,
  type NodeConfig,
  type Registration,
  type ImageRoots,
  imageRootsSchema,
} from "./record";
import { pinnedRequest } from "./pinned";

export interface BootServiceOptions {
  /** Such as `http://10.1.0.1:8080`, without a path. */
  readonly url: string;
  /** The administrator's token. A secret. */
  readonly token: string;
  /** Pin of its key (pinned.ts), for `https`. Default: an authority that Node.js knows must vouch for it. */
  readonly pin?: string | undefined;
  /** For one call. Default: 10 s. */
  readonly timeout?: Milliseconds;
}

/** The boot service refused a call, or could not be reached (`status` 0). */
export class BootServiceError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly fix: string,
    options?: ErrorOptions,
  ) {
    super(`${message}; ${fix}`, options);
    this.name = "BootServiceError";
  }
}

const errorSchema = z.object({ error: z.string(), fix: z.string() });

/** The administrator's side of the boot service. Every method throws {@link BootServiceError}. */
export class BootServiceClient {
  readonly url: string;
  readonly #token: string;
  readonly #timeout: Milliseconds;
  readonly #pin: string | undefined;

  constructor({ url, token, pin, timeout = 10_000 }: BootServiceOptions) {
    this.url = url.replace(/\/+$/, "");
    this.#token = token;
    this.#timeout = timeout;
    this.#pin = pin;
  }

  /** Makes the machine known, or corrects what is known of it; its state stays. Idempotent. */
  async register(mac: string, registration: Registration): Promise<MachineRecord> {
    const { name, role, address, image, disks } = registration;
    const body = { name, role, address, ...(image !== undefined && { image }), ...(disks && { disks }) };
    return machineRecordSchema.parse(await this.call("PUT", machinePath(mac), body));
  }

  /**
   * Says that the machine is about to boot over the network: state `booting`, a new one-time token, no report.
   * To be called before power is switched on.
   */
  async expectBoot(mac: string): Promise<MachineRecord> {
    return machineRecordSchema.parse(await this.call("POST", `${machinePath(mac)}/boot`));
  }

  /** Writes down what is about to be done to the machine; returns when it is on the disk. */
  async journal(mac: string, entry: JournalEntry): Promise<MachineRecord> {
    return machineRecordSchema.parse(await this.call("POST", `${machinePath(mac)}/journal`, entry));
  }

  /** The machine, or undefined if it is not registered. */
  async get(mac: string): Promise<MachineRecord | undefined> {
    const found = await this.call("GET", machinePath(mac), undefined, [404]);
    return found === undefined ? undefined : machineRecordSchema.parse(found);
  }

  /** All machines, by name. */
  async list(): Promise<MachineRecord[]> {
    return z.array(machineRecordSchema).parse(await this.call("GET", "/v1/machines"));
  }

  /** What the machine is to apply from now on, until its next boot. Over TLS or on the service's own machine only. */
  async configure(mac: string, config: NodeConfig): Promise<void> {
    await this.call("PUT", `${machinePath(mac)}/config`, config);
  }

  /** Machines that reported and that nobody registered, latest first. */
  async discovered(): Promise<Discovery[]> {
    return z.array(discoverySchema).parse(await this.call("GET", "/v1/discovered"));
  }

  /** What there is to boot. */
  async images(): Promise<ImageRoots> {
    return imageRootsSchema.parse(await this.call("GET", "/v1/images"));
  }

  /** Forgets the machine. Idempotent. */
  async remove(mac: string): Promise<void> {
    await this.call("DELETE", machinePath(mac), undefined, [404]);
  }

  /** @returns the answer's JSON; undefined if it has none, or for one of the statuses in `absent` */
  private async call(method: string, path: string, body?: unknown, absent: number[] = []): Promise<unknown> {
    let response: Response;
    let text: string;
    try {
      response = await this.send(`${this.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      text = await response.text();
    } catch (error) {
      const because = this.#pin === undefined ? "" : `: ${(error as Error).message}`;
      throw new BootServiceError(
        `boot service at ${this.url} did not answer${because}`,
        0,
        "start it, or correct services.boot in the inventory",
        { cause: error },
      );
    }
    if (absent.includes(response.status)) return undefined;
    const answer = text === "" ? undefined : parseJson(text);
    if (response.ok) return answer;
    const told = errorSchema.safeParse(answer).data;
    throw new BootServiceError(
      `boot service, ${method} ${path}: ${response.status} ${told?.error ?? response.statusText}`,
      response.status,
      told?.fix ?? `see whether ${this.url} is Lectern's boot service`,
    );
  }

  private send(
    url: string,
    call: { method: string; headers: Record<string, string>; body?: string },
  ): Promise<Response> {
    const timeout = this.#timeout;
    if (this.#pin === undefined) return fetch(url, { ...call, signal: AbortSignal.timeout(timeout) });
    return pinnedRequest({ url, ...call, pin: this.#pin, timeout });
  }
}

function machinePath(mac: string): string {
  return `/v1/machines/${mac.toLowerCase()}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
