import { IpmiClosedError } from "./errors";
import type { CommandRunner } from "./messages/runner";
import type { IpmiOptions } from "./options";
import { type Caller, contextOf, type Link, openTransport } from "./session/link";
import { type Hold, holdLink } from "./session/links";
import { checkedOptions, checkedSecrets } from "./settings";
import type { PayloadChannel, PayloadEvents } from "./session/payload-channel";
import type { ExchangeContext } from "./transport/exchange";

/** One client's access to its BMC: the link that it holds with others, and what is asked without a session. */
export class Access {
  readonly caller: Caller;
  private hold: Hold | undefined;
  private isClosed = false;
  private readonly channels = new Set<PayloadEvents>();
  private closing: Promise<void> | undefined;

  /** @throws {IpmiArgumentError} */
  constructor(host: string, user: string, password: string | Uint8Array, options: IpmiOptions) {
    const settings = checkedOptions(host, user, options);
    this.caller = { settings, secrets: checkedSecrets(settings.label, password, options.bmcKey) };
  }

  get isOpen(): boolean {
    return !this.isClosed && this.hold?.link.isOpen === true;
  }

  /** @param command what is wanted of it, for the error @throws {IpmiClosedError} */
  link(command: string): Link {
    if (this.isClosed) throw new IpmiClosedError(this.caller.settings.label, command);
    this.hold ??= holdLink(this.caller);
    return this.hold.link;
  }

  /** Does work in one turn: no command of another caller comes between. @throws {IpmiError} */
  async together<T>(command: string, work: (bmc: CommandRunner) => Promise<T>): Promise<T> {
    return this.link(command).inTurn(this.caller, work);
  }

  /** Does work over a transport of its own. @throws {IpmiError} */
  async withoutSession<T>(command: string, work: (context: ExchangeContext) => Promise<T>): Promise<T> {
    const { settings } = this.caller;
    if (this.isClosed) throw new IpmiClosedError(settings.label, command);
    const transport = await openTransport(settings);
    try {
      return await work(contextOf(settings, transport));
    } finally {
      await transport.close();
    }
  }

  /** Opens a way for packets of another payload type. It is closed with the client. @throws {IpmiError} */
  async openPayload(type: number, events: PayloadEvents): Promise<PayloadChannel> {
    const channel = await this.link("open payload").openPayload(this.caller, type, events);
    this.channels.add(events);
    return {
      send: (payload) => channel.send(payload),
      close: () => {
        this.channels.delete(events);
        channel.close();
      },
    };
  }

  /** Gives the link back and wipes the secrets. Never fails; may be called twice. */
  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    // Commands still pass: a console is deactivated by one.
    await Promise.all([...this.channels].map((events) => events.closing()));
    this.isClosed = true;
    await this.hold?.release();
    this.caller.secrets.wipe();
  }
}
