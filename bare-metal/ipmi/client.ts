import { inspect } from "node:util";
import { Access } from "./access";
import { readBootOverride, writeBootOverride } from "./boot-override";
import { IpmiArgumentError } from "./errors";
import { Faces } from "./faces";
import {
  type AuthenticationCapabilities,
  getAuthenticationCapabilities,
} from "./messages/authentication-capabilities";
import { BOOT_DEVICES, type BootDevice, type BootOverride } from "./messages/boot-flags";
import type { OfferedSuite } from "./messages/channel-cipher-suites";
import { chassisControl, POWER_ACTIONS, type PowerAction } from "./messages/chassis-control";
import { chassisIdentify } from "./messages/chassis-identify";
import { type ChassisStatus, getChassisStatus } from "./messages/chassis-status";
import type { Command } from "./messages/command";
import { type DeviceId, getDeviceId } from "./messages/device-id";
import { getRestartCause, type RestartCause } from "./messages/restart-cause";
import { getSessionInfo, type SessionInfo } from "./messages/session-info";
import { PRIVILEGE_LEVELS } from "./messages/session-privilege";
import { getSystemGuid } from "./messages/system-guid";
import type { IpmiOptions } from "./options";
import { runRaw } from "./raw";
import { askCipherSuites } from "./session/cipher-suites";
import type { PayloadChannel, PayloadEvents } from "./session/payload-channel";
import { askSessionless } from "./session/sessionless";

/** Bytes that a request may bring in one datagram of every BMC. */
const REQUEST_DATA = 240;

/**
 * A BMC, spoken to over IPMI 2.0. The session is opened by the first command or by `connect`, and shared by all
 * clients of this process that log in to the BMC alike; commands are sent one after the other. After a timeout the
 * session is given up, and the next command opens another. Everything throws {@link IpmiError} and nothing else.
 */
export class Ipmi extends Faces {
  private readonly access: Access;

  /**
   * @param host name or address
   * @param user at most 16 bytes
   * @param password at most 20 bytes; copied, and wiped at `close`
   * @throws {IpmiArgumentError}
   */
  constructor(host: string, user: string, password: string | Uint8Array, options: IpmiOptions = {}) {
    super();
    this.access = new Access(host, user, password, options);
  }

  get label(): string {
    return this.access.caller.settings.label;
  }

  /** Opens the session with the privilege asked for. Does nothing if one is open. */
  async connect(): Promise<void> {
    await this.access.link("connect").connect(this.access.caller);
  }

  /**
   * Closes the session once what was asked before has ended, and wipes password and keys. A session that other
   * clients share stays open for them. Never fails; may be called twice.
   */
  close(): Promise<void> {
    return this.access.close();
  }

  /** What the BMC offers, asked without a session and not authenticated: for finding out why none opens. */
  authenticationCapabilities(): Promise<AuthenticationCapabilities> {
    const command = getAuthenticationCapabilities(PRIVILEGE_LEVELS[this.access.caller.settings.privilege]);
    return this.access.withoutSession(command.name, (context) =>
      askSessionless(context, this.label, command),
    );
  }

  /**
   * The cipher suites that the BMC names, asked without a session and not authenticated: for telling. Nothing is
   * chosen by it.
   */
  cipherSuites(): Promise<readonly OfferedSuite[]> {
    return this.access.withoutSession("Get Channel Cipher Suites", (context) =>
      askCipherSuites(context, this.label),
    );
  }

  run<Reply>(command: Command<Reply>): Promise<Reply> {
    return this.access.together(command.name, (bmc) => bmc.run(command));
  }

  /** For payloads other than commands, such as a serial console. */
  openPayload(type: number, events: PayloadEvents): Promise<PayloadChannel> {
    return this.access.openPayload(type, events);
  }

  /** This session and how many the BMC holds. @param which 1 and on: another one, in the BMC's order */
  async sessionInfo(which: number | "current" = "current"): Promise<SessionInfo> {
    if (which !== "current" && !(Number.isInteger(which) && which >= 1 && which <= 63)) {
      throw this.argument("Get Session Info", `session ${String(which)}`, "current, or 1 to 63");
    }
    return this.run(getSessionInfo(which));
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
    return this.access.together("boot device", readBootOverride);
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
    return this.access.together("set boot device", (bmc) => writeBootOverride(bmc, { device, once, uefi }));
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
   * Any command by its numbers. Carried out once at most.
   * @param netFn even, 0 to 0x3e
   * @returns the data after the completion code
   */
  async raw(netFn: number, code: number, data: Uint8Array = Buffer.alloc(0)): Promise<Buffer> {
    return runRaw(this, { netFn, code, data }, REQUEST_DATA);
  }

  [inspect.custom](): string {
    return `Ipmi { ${this.label}, ${this.access.isOpen ? "session open" : "no session"}, password hidden }`;
  }

  toJSON(): object {
    const { host, port } = this.access.caller.settings;
    return { host, port };
  }

  private argument(command: string, problem: string, check: string): IpmiArgumentError {
    return new IpmiArgumentError(this.label, command, problem, check);
  }
}
