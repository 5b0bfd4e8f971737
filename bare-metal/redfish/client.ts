import { inspect } from "node:util";
import { RedfishClosedError, RedfishMalformedReplyError, RedfishResponseError } from "./errors";
import { type JsonObject, printable, textAt } from "./json";
import { checkedOptions, type RedfishOptions, type Settings } from "./options";
import { localPath } from "./path";
import { type Resource, readResource } from "./read";
import { refusalError } from "./refusal";
import { COMMON_HEADERS, login, logout, type Session } from "./session";
import { type Answer, Https, type Method, type Request } from "./transport/https";

const ROOT = "/redfish/v1/";

/**
 * A BMC, spoken to over Redfish (DSP0266). One session at most, opened by the first request and deleted by `close`;
 * one that expired is opened again. Everything throws {@link RedfishError} and nothing else.
 */
export class Redfish {
  // Private at run time too: what they hold would show in a printed client.
  #password: Buffer;
  readonly #https: Https;
  #session: Promise<Session> | undefined;
  private readonly settings: Settings;
  private serviceRoot: Promise<Resource> | undefined;
  private closed = false;

  /**
   * @param host name or address
   * @param password copied, and wiped at `close`
   * @throws {RedfishArgumentError}
   */
  constructor(host: string, user: string, password: string | Uint8Array, options: RedfishOptions = {}) {
    this.settings = checkedOptions(host, user, options);
    this.#password = typeof password === "string" ? Buffer.from(password) : Buffer.from(password);
    this.#https = new Https(this.settings);
  }

  get label(): string {
    return this.settings.label;
  }

  get user(): string {
    return this.settings.user;
  }

  /** The id of the system that was asked for, where the BMC serves several. */
  get system(): string | undefined {
    return this.settings.system;
  }

  /** The service root, read once and without a session (DSP0266, "Service root"). */
  root(): Promise<Resource> {
    this.serviceRoot ??= readResource(this.settings, ROOT, (request) => this.send(request)).catch(
      (error: unknown) => {
        this.serviceRoot = undefined;
        throw error;
      },
    );
    return this.serviceRoot;
  }

  /** Reads a resource; a busy BMC is asked again. @param link as another resource holds it */
  async get(link: string): Promise<Resource> {
    return readResource(this.settings, this.pathOf("GET", link), (request) => this.sendInSession(request));
  }

  /** Reads a resource, or gives undefined if there is none: links to nothing are common. */
  async getIfThere(link: string | undefined): Promise<Resource | undefined> {
    if (link === undefined) return undefined;
    try {
      return await this.get(link);
    } catch (error) {
      if (error instanceof RedfishResponseError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Runs an action or creates a member. Sent once. */
  async post(link: string, body: JsonObject): Promise<void> {
    await this.change("POST", link, body);
  }

  /**
   * Changes a resource as it was read, unless somebody else changed it since (DSP0266, "ETags"): then it is read
   * once more and the change is made anew.
   * @param change what to send, made from the resource
   */
  async patch(resource: Resource, change: (resource: Resource) => JsonObject): Promise<void> {
    try {
      await this.change("PATCH", resource.path, change(resource), resource.etag);
    } catch (error) {
      if (!(error instanceof RedfishResponseError) || error.status !== 412) throw error;
      const again = await this.get(resource.path);
      // A weak ETag never matches (RFC 9110 section 13.1.1), and yet some firmware gives no other.
      await this.change("PATCH", again.path, change(again), again.etag?.replace(/^W\//, ""));
    }
  }

  async delete(link: string): Promise<void> {
    await this.change("DELETE", link);
  }

  /** What to log in with from now on: the password of this user was changed. */
  usePassword(password: string): void {
    this.#password.fill(0);
    this.#password = Buffer.from(password);
  }

  /** Deletes the session and wipes the password. Never fails; may be called twice. */
  async close(): Promise<void> {
    this.closed = true;
    const session = await this.#session?.catch(() => undefined);
    this.#session = undefined;
    if (session) await logout(this.#https, session);
    this.#https.close();
    this.#password.fill(0);
  }

  [inspect.custom](): string {
    return `Redfish { ${this.label}, ${this.#session ? "session open" : "no session"}, password hidden }`;
  }

  toJSON(): object {
    return { host: this.settings.host, port: this.settings.port };
  }

  private async change(method: Method, link: string, body?: JsonObject, etag?: string): Promise<void> {
    const path = this.pathOf(method, link);
    const bytes = body && Buffer.from(JSON.stringify(body));
    const headers = {
      ...(bytes && { "Content-Type": "application/json" }),
      ...(etag !== undefined && { "If-Match": etag }),
    };
    try {
      const answer = await this.sendInSession({ method, path, headers, ...(bytes && { body: bytes }) });
      if (answer.status >= 200 && answer.status < 300) return;
      throw refusalError(this.label, `${method} ${path}`, answer, textAt(body, "Password"));
    } finally {
      // It may hold a password.
      bytes?.fill(0);
    }
  }

  /** Sends once, and once more with a new session if the BMC has ended the one that was used. */
  private async sendInSession(request: Request): Promise<Answer> {
    const opened = this.opened(request);
    const session = await opened;
    const answer = await this.send(request, session);
    if (answer.status !== 401 || !session.expires) return answer;
    if (this.#session === opened) this.#session = undefined;
    return this.send(request, await this.opened(request));
  }

  private send(request: Request, session?: Session): Promise<Answer> {
    const headers = { ...COMMON_HEADERS, ...request.headers, ...session?.headers };
    return this.#https.send({ ...request, headers }, this.settings.signal);
  }

  private opened({ method, path }: Request): Promise<Session> {
    if (this.closed) return Promise.reject(new RedfishClosedError(this.label, `${method} ${path}`));
    this.#session ??= this.logIn().catch((error: unknown) => {
      this.#session = undefined;
      throw error;
    });
    return this.#session;
  }

  private async logIn(): Promise<Session> {
    const { body } = await this.root();
    const { user, signal } = this.settings;
    return login(this.#https, this.label, body, user, this.#password, signal);
  }

  private pathOf(method: Method, link: string): string {
    const path = localPath(link);
    if (path !== undefined) return path;
    const problem = `a link to ${JSON.stringify(printable(link))}`;
    throw new RedfishMalformedReplyError(this.label, method, problem);
  }
}
