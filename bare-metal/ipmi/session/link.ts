import type { Milliseconds } from "../../../base/units";
import { drawRandom } from "../crypto/random";
import { SUITES } from "../crypto/suites";
import { IpmiTimeoutError, IpmiUnreachableError } from "../errors";
import { getDeviceId } from "../messages/device-id";
import type { CommandRunner } from "../messages/runner";
import type { Secrets } from "../secrets";
import type { Settings } from "../settings";
import { type ExchangeContext, realClock } from "../transport/exchange";
import type { Transport } from "../transport/transport";
import { openUdp } from "../transport/udp";
import { type Closable, closeAtExit, isClosed } from "./at-exit";
import { openSession } from "./handshake";
import type { PayloadChannel, PayloadEvents } from "./payload-channel";
import { raisePrivilege } from "./privilege";
import type { Session } from "./session";

/** Who asks: each client has timeouts and a signal of its own. */
export interface Caller {
  readonly settings: Settings;
  readonly secrets: Secrets;
}

/**
 * The one session with a BMC as one user, and the queue of those who want it. The first who needs the session
 * opens it; after a timeout it is given up, and the next opens another.
 */
export class Link implements Closable {
  /** Ends when all that was asked before has ended. */
  private turn: Promise<unknown> = Promise.resolve();
  private transport: Transport | undefined;
  private session: Session | undefined;
  private readonly channels = new Set<PayloadEvents>();
  /** Least `keepAlive` of the clients that asked. */
  private idle: Milliseconds = Infinity;
  private stopKeepAlive: () => void = () => undefined;

  get isOpen(): boolean {
    return this.session !== undefined;
  }

  /** Runs when all that was asked before has ended. The runner opens the session when it is first asked. */
  inTurn<T>(caller: Caller, work: (bmc: CommandRunner) => Promise<T>): Promise<T> {
    const { label, signal } = caller.settings;
    return this.queued(() =>
      work({ label, run: async (command) => (await this.opened(caller)).send(command, signal) }),
    );
  }

  /** Opens the session if none is open. */
  connect(caller: Caller): Promise<void> {
    return this.queued(async () => void (await this.opened(caller)));
  }

  /** Lets packets of another payload type pass over the session, until the channel or the session is closed. */
  openPayload(caller: Caller, type: number, events: PayloadEvents): Promise<PayloadChannel> {
    return this.queued(async () => {
      const session = await this.opened(caller);
      this.channels.add(events);
      session.onPayload(type, events.received);
      const isOpen = () => this.session === session && this.channels.has(events);
      return {
        send: (payload) => {
          if (isOpen()) session.sendPayload(type, payload);
        },
        close: () => {
          if (isOpen()) session.onPayload(type, undefined);
          this.channels.delete(events);
        },
      };
    });
  }

  /** Closes the session after all that was asked before. */
  close(): Promise<void> {
    return this.queued(() => this.giveUp(undefined));
  }

  /** When all that was asked before has ended. */
  async settled(): Promise<void> {
    await this.turn;
  }

  farewell(): void {
    this.session?.farewell();
  }

  private queued<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(async () => {
      this.stopKeepAlive();
      try {
        return await work();
      } catch (error) {
        if (error instanceof IpmiTimeoutError) await this.giveUp(error);
        throw error;
      } finally {
        this.keepAlive();
      }
    });
    this.turn = result.catch(() => undefined);
    return result;
  }

  /** Asks something of a session that was idle for so long as a client said. A BMC that is gone ends that. */
  private keepAlive(): void {
    if (!this.session || this.idle === Infinity) return;
    const timer = setTimeout(() => {
      this.queued(async () => this.session?.send(getDeviceId)).catch(() => undefined);
    }, this.idle);
    timer.unref();
    this.stopKeepAlive = () => clearTimeout(timer);
  }

  private async opened({ settings, secrets }: Caller): Promise<Session> {
    this.idle = Math.min(this.idle, settings.keepAlive ?? Infinity);
    if (this.session) return this.session;
    const { label, privilege, suite, user } = settings;
    try {
      this.transport = await openTransport(settings);
      const who = {
        user,
        password: secrets.password,
        bmcKey: secrets.bmcKey,
        suite: SUITES[suite],
        privilege,
      };
      this.session = await openSession(contextOf(settings, this.transport), label, who);
      closeAtExit(this);
      await raisePrivilege(this.session, label, privilege);
      return this.session;
    } catch (error) {
      await this.giveUp(error as Error);
      throw error;
    }
  }

  private async giveUp(error: Error | undefined): Promise<void> {
    const { session, transport } = this;
    this.idle = Infinity;
    this.session = undefined;
    this.transport = undefined;
    for (const { ended } of this.channels) ended(error);
    this.channels.clear();
    await session?.close();
    isClosed(this);
    await transport?.close();
  }
}

/** @throws {IpmiUnreachableError} if the host's name does not resolve, or there is no socket to be had */
export async function openTransport({ host, port, label, transport }: Settings): Promise<Transport> {
  try {
    return await (transport ?? openUdp)(host, port);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "cannot open a socket";
    throw new IpmiUnreachableError(label, "connect", code, "the BMC's name or address");
  }
}

/** What an exchange over the transport works with, for this client. */
export function contextOf(settings: Settings, transport: Transport): ExchangeContext {
  const { clock = realClock, random = drawRandom, retry, signal } = settings;
  return { transport, clock, random, retry, signal };
}
