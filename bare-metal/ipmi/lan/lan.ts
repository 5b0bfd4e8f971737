import { DecodeError, readerOf } from "../codec/reader";
import {
  IpmiArgumentError,
  IpmiMalformedReplyError,
  IpmiReadBackError,
  IpmiUnsafeError,
  isCompletion,
} from "../errors";
import {
  type AccessCopy,
  type ChannelAccess,
  getChannelAccess,
  setChannelAccess,
  type SettableChannelAccess,
} from "../messages/channel-access";
import { type ChannelInfo, getChannelInfo } from "../messages/channel-info";
import { getLanParameter, LanParameter, PARAMETER_NOT_SUPPORTED } from "../messages/lan-parameters";
import type { CommandRunner } from "../messages/runner";
import { encodeChange, type LanChange, writeParameters } from "./change";
import { type LanIpv6, readIpv6 } from "./ipv6";
import {
  type AddressSource,
  decodeAddress,
  decodeMac,
  decodeSource,
  decodeSuites,
  decodeVlan,
  type SuitePrivilege,
} from "./values";

/** How a BMC is in the network. Its SNMP community string is not read. */
export interface LanConfiguration {
  readonly channel: number;
  readonly source: AddressSource;
  readonly address: string;
  readonly mask: string;
  /** Lower case, with colons. */
  readonly mac: string;
  readonly gateway: string;
  readonly gatewayMac: string | undefined;
  readonly backupGateway: string | undefined;
  readonly backupGatewayMac: string | undefined;
  /** Undefined where VLANs are off. */
  readonly vlan: number | undefined;
  /** 0 to 7. */
  readonly vlanPriority: number;
  /** Undefined where the BMC does not tell. */
  readonly suites: readonly SuitePrivilege[] | undefined;
  /** Undefined where the BMC knows no IPv6. */
  readonly ipv6: LanIpv6 | undefined;
}

/** Does it also where it may cut off whoever asks. */
export interface Forced {
  readonly force?: boolean;
}

const THIS_CHANNEL = 0x0e;
const VLAN_PRIORITY = 0x07;

/**
 * The LAN channels of a BMC. Needs operator to read, administrator to change.
 * A channel is 1 to 11; default: the one that is asked over.
 */
export class Lan {
  constructor(private readonly bmc: CommandRunner) {}

  info(channel: number = THIS_CHANNEL): Promise<ChannelInfo> {
    return this.bmc.run(getChannelInfo(channel));
  }

  /** @throws {IpmiError} */
  async read(channel?: number): Promise<LanConfiguration> {
    const number = channel ?? (await this.info()).channel;
    const ask = (parameter: number) => this.bmc.run(getLanParameter(number, parameter));
    const optional = (parameter: number) => ask(parameter).catch(absent);
    try {
      const [gatewayMac, backup, backupMac, vlan, priority] = [
        await optional(LanParameter.gatewayMac),
        await optional(LanParameter.backupGateway),
        await optional(LanParameter.backupGatewayMac),
        await optional(LanParameter.vlanId),
        await optional(LanParameter.vlanPriority),
      ];
      return {
        channel: number,
        source: decodeSource(await ask(LanParameter.source)),
        address: decodeAddress(await ask(LanParameter.address)),
        mask: decodeAddress(await ask(LanParameter.mask)),
        mac: decodeMac(await ask(LanParameter.mac)),
        gateway: decodeAddress(await ask(LanParameter.gateway)),
        gatewayMac: gatewayMac && decodeMac(gatewayMac),
        backupGateway: backup && decodeAddress(backup),
        backupGatewayMac: backupMac && decodeMac(backupMac),
        vlan: vlan && decodeVlan(vlan),
        vlanPriority: priority ? readerOf(priority, "VLAN priority").u8() & VLAN_PRIORITY : 0,
        suites: await this.suites(number),
        ipv6: await readIpv6(this.bmc, number),
      };
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      const command = "Get LAN Configuration Parameters";
      throw new IpmiMalformedReplyError(this.bmc.label, command, error.message);
    }
  }

  /**
   * Sets what is given, and reads it back. On the channel that is asked over this needs `force`, but for the
   * community: it may cut off whoever asks, and then ends with an {@link IpmiTimeoutError}, as nothing is read back.
   * @throws {IpmiUnsafeError} {IpmiArgumentError} {IpmiReadBackError}
   */
  async set(
    change: LanChange,
    { channel, force = false }: Forced & { channel?: number } = {},
  ): Promise<void> {
    const own = (await this.info()).channel;
    const number = channel ?? own;
    const parameters = encodeChange(change, change.suites ? (await this.read(number)).suites : undefined);
    if (!Array.isArray(parameters)) {
      const { problem, check } = parameters;
      throw new IpmiArgumentError(this.bmc.label, "Set LAN Configuration Parameters", problem, check);
    }
    const harmless = parameters.every(({ parameter }) => parameter === LanParameter.community);
    if (number === own && !force && !harmless) {
      throw new IpmiUnsafeError(
        this.bmc.label,
        "Set LAN Configuration Parameters",
        `channel ${number} is the one that this client itself uses`,
        "that the BMC stays reachable with the new values, then use force",
      );
    }
    await writeParameters(this.bmc, number, parameters);
  }

  /** @param copy what is in force, or what is loaded at a restart of the BMC. Default `active` */
  access(channel: number = THIS_CHANNEL, copy: AccessCopy = "active"): Promise<ChannelAccess> {
    return this.bmc.run(getChannelAccess(channel, copy));
  }

  /**
   * Sets who may use a channel, in both copies, and reads it back.
   * @throws {IpmiUnsafeError} without `force`, if it would keep administrators from the channel that is asked over
   * @throws {IpmiReadBackError}
   */
  async setAccess(
    change: Partial<SettableChannelAccess>,
    { channel, force = false }: Forced & { channel?: number } = {},
  ): Promise<void> {
    const own = (await this.info()).channel;
    const number = channel ?? own;
    for (const copy of ["active", "stored"] as const) {
      const before = await this.access(number, copy);
      const wanted = {
        ...before,
        mode: before.mode === "reserved" ? "always" : before.mode,
        ...change,
      } as const;
      const usable = wanted.privilege === "administrator" && ["always", "shared"].includes(wanted.mode);
      if (number === own && !usable && !force) {
        const problem = `mode ${wanted.mode}, privilege ${wanted.privilege} on the channel that this client uses`;
        const check = "that another channel stays open to administrators, then use force";
        throw new IpmiUnsafeError(this.bmc.label, "Set Channel Access", problem, check);
      }
      await this.bmc.run(setChannelAccess(number, copy, wanted));
      const got = await this.access(number, copy);
      if (got.mode === wanted.mode && got.privilege === wanted.privilege && got.alerting === wanted.alerting)
        continue;
      const problem = `set ${wanted.mode}/${wanted.privilege} (${copy}), read back ${got.mode}/${got.privilege}`;
      throw new IpmiReadBackError(this.bmc.label, "Set Channel Access", problem, "what this BMC allows");
    }
  }

  private async suites(channel: number): Promise<readonly SuitePrivilege[] | undefined> {
    const ask = (parameter: number) => this.bmc.run(getLanParameter(channel, parameter)).catch(absent);
    const count = await ask(LanParameter.suiteCount);
    const ids = await ask(LanParameter.suites);
    const privileges = await ask(LanParameter.suitePrivileges);
    if (!count || !ids || !privileges) return undefined;
    return decodeSuites(readerOf(count, "number of cipher suites").u8() & 0x1f, ids, privileges);
  }
}

function absent(error: unknown): undefined {
  if (!isCompletion(error, PARAMETER_NOT_SUPPORTED)) throw error;
}
