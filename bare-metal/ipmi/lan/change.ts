import { IpmiCompletionError, IpmiReadBackError, IpmiTimeoutError } from "../errors";
import { getLanParameter, LanParameter, setLanParameter } from "../messages/lan-parameters";
import type { PrivilegeName } from "../messages/privilege-levels";
import type { CommandRunner } from "../messages/runner";
import {
  encodeAddress,
  encodeSource,
  encodeSuitePrivileges,
  encodeVlan,
  type SuitePrivilege,
} from "./values";

/** What of a LAN configuration is to be changed. */
export interface LanChange {
  readonly source?: "static" | "dhcp";
  /** IPv4, as are mask and gateway. Taken by BMCs whose source is `static`. */
  readonly address?: string;
  readonly mask?: string;
  readonly gateway?: string;
  /** 1 to 4094; `off` turns VLANs off. */
  readonly vlan?: number | "off";
  /** 0 to 7. */
  readonly vlanPriority?: number;
  /** SNMP community string, a secret: at most 18 bytes. */
  readonly community?: string;
  /** Highest privilege by cipher suite; suites that are not named stay as they are. */
  readonly suites?: Readonly<Record<number, PrivilegeName>>;
}

export interface ParameterValue {
  readonly parameter: number;
  readonly data: Buffer;
}

const COMMUNITY_LENGTH = 18;
/** States of parameter 0. */
const COMPLETE = 0;
const IN_PROGRESS = 1;
/** BMCs that can roll back drop what was set without it. Others do not know it. */
const COMMIT = 2;
const SET_IN_PROGRESS = 0x81;

/** The parameters in the order in which they are set: the address last but for the VLAN, as it may end the session. */
export function encodeChange(
  change: LanChange,
  suites: readonly SuitePrivilege[] | undefined,
): ParameterValue[] | { readonly problem: string; readonly check: string } {
  const values: ParameterValue[] = [];
  const add = (parameter: number, data: Buffer) => void values.push({ parameter, data });
  if (change.community !== undefined) {
    if (Buffer.byteLength(change.community) > COMMUNITY_LENGTH) {
      return { problem: "a community string of more than 18 bytes", check: "at most 18 bytes" };
    }
    const data = Buffer.alloc(COMMUNITY_LENGTH);
    data.write(change.community);
    add(LanParameter.community, data);
  }
  if (change.suites) {
    const unknown = Object.keys(change.suites).filter((id) => !suites?.some((s) => s.suite === Number(id)));
    if (!suites || unknown.length > 0) {
      return { problem: `no cipher suite ${unknown.join(", ")}`, check: "the suites that the channel has" };
    }
    const wanted = suites.map(({ suite, privilege }) => ({
      suite,
      privilege: change.suites?.[suite] ?? privilege,
    }));
    add(LanParameter.suitePrivileges, encodeSuitePrivileges(wanted));
  }
  if (change.source) add(LanParameter.source, encodeSource(change.source));
  for (const name of ["mask", "gateway", "address"] as const) {
    const text = change[name];
    if (text === undefined) continue;
    const data = encodeAddress(text);
    if (!data) return { problem: `${name} ${text}`, check: "an IPv4 address such as 192.0.2.10" };
    add(LanParameter[name], data);
  }
  const { vlan, vlanPriority } = change;
  if (vlanPriority !== undefined) {
    if (!isWhole(vlanPriority, 0, 7)) return { problem: `VLAN priority ${vlanPriority}`, check: "0 to 7" };
    add(LanParameter.vlanPriority, Buffer.from([vlanPriority]));
  }
  if (vlan !== undefined) {
    if (vlan !== "off" && !isWhole(vlan, 1, 4094))
      return { problem: `VLAN ${vlan}`, check: "1 to 4094, or off" };
    add(LanParameter.vlanId, encodeVlan(vlan === "off" ? undefined : vlan));
  }
  return values;
}

/**
 * Sets the parameters within "set in progress", as far as the BMC knows that, and reads each back.
 * @throws {IpmiReadBackError}
 */
export async function writeParameters(
  bmc: CommandRunner,
  channel: number,
  values: readonly ParameterValue[],
): Promise<void> {
  await progress(bmc, channel, IN_PROGRESS);
  try {
    for (const { parameter, data } of values) {
      const sent = Buffer.from(data);
      await bmc.run(setLanParameter(channel, parameter, sent));
      sent.fill(0);
    }
  } catch (error) {
    // Who is cut off cannot end it.
    if (!(error instanceof IpmiTimeoutError)) await progress(bmc, channel, COMPLETE);
    throw error;
  }
  await progress(bmc, channel, COMMIT);
  await progress(bmc, channel, COMPLETE);
  for (const { parameter, data } of values) {
    const command = getLanParameter(channel, parameter);
    const got = await bmc.run(command);
    const same = got.equals(data);
    if (parameter === LanParameter.community) for (const bytes of [got, data]) bytes.fill(0);
    if (same) continue;
    const problem = `parameter ${parameter} does not hold what was set`;
    throw new IpmiReadBackError(
      bmc.label,
      command.name,
      problem,
      "the BMC's address source, and what it allows",
    );
  }
}

/** Optional on a BMC. That another party is setting parameters is no matter of support. */
async function progress(bmc: CommandRunner, channel: number, state: number): Promise<void> {
  try {
    await bmc.run(setLanParameter(channel, LanParameter.setInProgress, Buffer.from([state])));
  } catch (error) {
    if (!(error instanceof IpmiCompletionError)) throw error;
    if (state === IN_PROGRESS && error.code === SET_IN_PROGRESS) throw error;
  }
}

function isWhole(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}
