import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { SUITES } from "./crypto/suites";
import { IpmiArgumentError, IpmiClosedError, IpmiTimeoutError, IpmiUnreachableError } from "./errors";
import type { AuthenticationCapabilities } from "./messages/authentication-capabilities";
import { BOOT_DEVICES, type BootDevice, type BootOverride } from "./messages/boot-flags";
import { chassisControl, POWER_ACTIONS, type PowerAction } from "./messages/chassis-control";
import { chassisIdentify } from "./messages/chassis-identify";
import { type ChassisStatus, getChassisStatus } from "./messages/chassis-status";
import type { Command } from "./messages/command";
import type { CommandRunner } from "./messages/runner";
import { type DeviceId, getDeviceId } from "./messages/device-id";
import { PRIVILEGE_LEVELS } from "./messages/session-privilege";
import { rawCommand } from "./messages/raw";
import { getRestartCause, type RestartCause } from "./messages/restart-cause";
import { getSystemGuid } from "./messages/system-guid";
import type { IpmiOptions } from "./options";
import { checkedOptions, type Settings } from "./settings";
import { readBootOverride, writeBootOverride } from "./boot-override";
import { askCapabilities } from "./session/capabilities";
import { type Credentials, openSession } from "./session/handshake";
import { raisePrivilege } from "./session/privilege";
import type { Session } from "./session/session";
import { type ExchangeContext, realClock } from "./transport/exchange";
import type { Transport } from "./transport/transport";
import { openUdp } from "./transport/udp";

/**
 * A BMC, spoken to over IPMI 2.0. One session at most, opened by the first command or by `connect`; commands
 * are sent one after the other. After a timeout the session is given up, and the next command opens another.
 * Everything throws {@link IpmiError} and nothing else.
 */
export class Ipmi implements CommandRunner {
  readonly #password: Buffer;
  private readonly settings: Settings;
  /** Ends when all that was asked before has ended. */
  private turn: Promise<unknown> = Promise.resolve();
  private transport: Transport | undefined;
  private session: Session | undefined;
  private closed = false;

  /**
   * @param host name or address
   * @param user at most 16 bytes
   * @param password at most 20 bytes; copied, and wiped at `close`
   * @throws {IpmiArgumentError}
   */
  constructor(host: string, user: string, password: string | Uint8Array, options: IpmiOptions = {}) {
    this.settings = checkedOptions(host, user, options);
    this.#password = typeof password === "string" ? Buffer.from(password) : Buffer.from(password);
    if (this.#password.length > 20) {
      throw this.argument("password", `longer than 20 bytes`, "IPMI knows passwords of at most 20 bytes");
    }
  }

  get label(): string {
    return this.settings.label;
  }

  /** Opens the session with the privilege asked for. Does nothing if one is open. */
  connect(): Promise<void> {
    return this.inTurn("connect", async () => void (await this.opened()));
  }

  /** Closes the session and wipes password and keys. Never fails; may be called twice. */
  close(): Promise<void> {
    const closing = this.turn.then(async () => {
      this.closed = true;
      await this.giveUp();
      this.#password.fill(0);
    });
    this.turn = closing;
    return closing;
  }

  /** What the BMC offers, asked without a session and not authenticated: for finding out why none opens. */
  authenticationCapabilities(): Promise<AuthenticationCapabilities> {
    return this.inTurn("authentication capabilities", async () => {
      const transport = await this.openTransport();
      try {
        const level = PRIVILEGE_LEVELS[this.settings.privilege];
        return await askCapabilities(this.contextOf(transport), this.settings.label, level);
      } finally {
        await transport.close();
      }
    });
  }

  run<Reply>(command: Command<Reply>): Promise<Reply> {
    return this.inTurn(command.name, async () => (await this.opened()).send(command));
  }

  deviceId(): Promise<DeviceId> {
    return this.run(getDeviceId);
  }

  /** 32 lower-case hex digits: the bytes in the order in which the BMC sends them. */
  systemGuid(): Promise<string> {
    return this.run(getSystemGuid);
  }

  chassisStatus(): Promise<ChassisStatus> {
    return this.run(getChassisStatus);
  }

  restartCause(): Promise<RestartCause> {
    return this.run(getRestartCause);
  }

  /**
   * Resolves when the BMC has taken the order, not when the power has changed.
   * Actions other than `on` and `off` are carried out once at most, however many datagrams are lost.
   */
  async power(action: PowerAction): Promise<void> {
    if (!POWER_ACTIONS.includes(action)) {
      throw this.argument("power", `no action ${String(action)}`, `one of ${POWER_ACTIONS.join(", ")}`);
    }
    await this.run(chassisControl(action));
  }

  /** What the BMC tells the firmware to boot from. */
  bootDevice(): Promise<BootOverride> {
    return this.inTurn("boot device", async () => readBootOverride(await this.opened(), this.settings.label));
  }

  /**
   * Sets what the machine boots from, and reads it back.
   * @param options `once`: for the next boot only, default true; `uefi`: default true
   * @returns what was read back
   * @throws {IpmiReadBackError} if the BMC holds another device then
   */
  async setBootDevice(
    device: BootDevice,
    options: { once?: boolean; uefi?: boolean } = {},
  ): Promise<BootOverride> {
    if (!BOOT_DEVICES.includes(device)) {
      throw this.argument(
        "set boot device",
        `no device ${String(device)}`,
        `one of ${BOOT_DEVICES.join(", ")}`,
      );
    }
    const { once = true, uefi = true } = options;
    return this.inTurn("set boot device", async () =>
      writeBootOverride(await this.opened(), this.settings.label, { device, once, uefi }),
    );
  }

  /** Lights the chassis' identify lamp. @param duration seconds, 0 (off) to 255, or `force`: until told otherwise */
  async identify(duration: number | "force"): Promise<void> {
    if (duration !== "force" && !(Number.isInteger(duration) && duration >= 0 && duration <= 255)) {
      throw this.argument(
        "identify",
        `duration ${String(duration)}`,
        "whole seconds from 0 to 255, or force",
      );
    }
    await this.run(chassisIdentify(duration));
  }

  /**
   * Any command by its numbers. Sent once at most.
   * @param netFn even, 0 to 0x3e
   * @returns the data after the completion code
   */
  async raw(netFn: number, code: number, data: Uint8Array = Buffer.alloc(0)): Promise<Buffer> {
    const valid = Number.isInteger(netFn) && netFn >= 0 && netFn <= 0x3e && netFn % 2 === 0;
    if (!valid || !Number.isInteger(code) || code < 0 || code > 255 || data.length > 240) {
      throw this.argument(
        "raw",
        "numbers out of range",
        "netFn even and at most 0x3e, code a byte, data up to 240 bytes",
      );
    }
    return this.run(rawCommand(netFn, code, data));
  }

  [inspect.custom](): string {
    return `Ipmi { ${this.settings.label}, ${this.session ? "session open" : "no session"}, password hidden }`;
  }

  toJSON(): object {
    return { host: this.settings.host, port: this.settings.port };
  }

  private inTurn<T>(command: string, work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(async () => {
      if (this.closed) throw new IpmiClosedError(this.settings.label, command);
      try {
        return await work();
      } catch (error) {
        if (error instanceof IpmiTimeoutError) await this.giveUp();
        throw error;
      }
    });
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async opened(): Promise<Session> {
    if (this.session) return this.session;
    const { label, privilege, suite, user } = this.settings;
    try {
      this.transport = await this.openTransport();
      const who: Credentials = { user, password: this.#password, suite: SUITES[suite], privilege };
      this.session = await openSession(this.contextOf(this.transport), label, who);
      await raisePrivilege(this.session, label, privilege);
      return this.session;
    } catch (error) {
      await this.giveUp();
      throw error;
    }
  }

  private async openTransport(): Promise<Transport> {
    const { host, port, label, transport } = this.settings;
    try {
      return await (transport ?? openUdp)(host, port);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "cannot open a socket";
      throw new IpmiUnreachableError(label, "connect", code, "the BMC's name or address");
    }
  }

  private contextOf(transport: Transport): ExchangeContext {
    const { clock = realClock, random = randomBytes, retry, signal } = this.settings;
    return { transport, clock, random, retry, signal };
  }

  private async giveUp(): Promise<void> {
    const { session, transport } = this;
    this.session = undefined;
    this.transport = undefined;
    await session?.close();
    await transport?.close();
  }

  private argument(command: string, problem: string, check: string): IpmiArgumentError {
    return new IpmiArgumentError(this.settings.label, command, problem, check);
  }
}
