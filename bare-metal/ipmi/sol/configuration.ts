import { DecodeError, readerOf } from "../codec/reader";
import { IpmiMalformedReplyError, IpmiReadBackError, isCompletion } from "../errors";
import { privilegeLevel, privilegeName, type PrivilegeName } from "../messages/privilege-levels";
import type { CommandRunner } from "../messages/runner";
import { getSolParameter, setSolParameter, SolParameter } from "../messages/sol-parameters";

/** Bits a second of the serial line by their numbers in table 26-5; `as the serial channel` is number 0. */
const BIT_RATES: Readonly<Record<number, number>> = { 6: 9600, 7: 19200, 8: 38400, 9: 57600, 10: 115200 };

/** How serial over LAN is set up on a channel (IPMI 2.0 table 26-5). Undefined: the BMC does not tell. */
export interface SolConfiguration {
  readonly enabled: boolean;
  /** What a session needs to activate it. */
  readonly privilege: PrivilegeName | undefined;
  readonly forceEncryption: boolean | undefined;
  readonly forceAuthentication: boolean | undefined;
  /** How long the BMC gathers characters before it sends them: steps of 5 ms. */
  readonly accumulateMs: number | undefined;
  /** Characters that it sends at once. */
  readonly threshold: number | undefined;
  /** Repeats of the BMC, 0 to 7. */
  readonly retries: number | undefined;
  /** Time between them: steps of 10 ms. */
  readonly retryIntervalMs: number | undefined;
  /** Bits a second in force, and after a restart. Undefined also where the serial channel's setting counts. */
  readonly bitRate: number | undefined;
  readonly storedBitRate: number | undefined;
}

/** What of it can be changed. */
export interface SolChange {
  readonly enabled?: boolean;
  readonly privilege?: PrivilegeName;
  readonly accumulateMs?: number;
  readonly threshold?: number;
  readonly retries?: number;
  readonly retryIntervalMs?: number;
  /** 9600, 19200, 38400, 57600 or 115200, in force and stored. */
  readonly bitRate?: number;
}

const READ_ONLY = 0x82;
const NOT_SUPPORTED = 0x80;
const FORCE_ENCRYPTION = 0x80;
const FORCE_AUTHENTICATION = 0x40;

/** @throws {IpmiError} */
export async function readSol(bmc: CommandRunner, channel: number): Promise<SolConfiguration> {
  const ask = (parameter: number) => bmc.run(getSolParameter(channel, parameter));
  const bytes = async (parameter: number, count: number): Promise<readonly (number | undefined)[]> => {
    const data = await ask(parameter).catch(ifOptional);
    return data ? [...readerOf(data, `SOL parameter ${parameter}`).copy(count)] : [];
  };
  try {
    const enabled = readerOf(await ask(SolParameter.enable), "SOL parameter 1").u8();
    const [authentication] = await bytes(SolParameter.authentication, 1);
    const [accumulate, threshold] = await bytes(SolParameter.accumulation, 2);
    const [retries, interval] = await bytes(SolParameter.retry, 2);
    const [active] = await bytes(SolParameter.activeBitRate, 1);
    const [stored] = await bytes(SolParameter.storedBitRate, 1);
    return {
      enabled: (enabled & 1) === 1,
      privilege: whereTold(authentication, privilegeName),
      forceEncryption: whereTold(authentication, (byte) => (byte & FORCE_ENCRYPTION) !== 0),
      forceAuthentication: whereTold(authentication, (byte) => (byte & FORCE_AUTHENTICATION) !== 0),
      accumulateMs: whereTold(accumulate, (steps) => steps * 5),
      threshold,
      retries: whereTold(retries, (byte) => byte & 0x07),
      retryIntervalMs: whereTold(interval, (steps) => steps * 10),
      bitRate: whereTold(active, (byte) => BIT_RATES[byte & 0x0f]),
      storedBitRate: whereTold(stored, (byte) => BIT_RATES[byte & 0x0f]),
    };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new IpmiMalformedReplyError(bmc.label, "Get SOL Configuration Parameters", error.message);
  }
}

/** Sets what is given and reads it back. @throws {IpmiReadBackError} */
export async function writeSol(
  bmc: CommandRunner,
  channel: number,
  change: SolChange,
): Promise<SolConfiguration> {
  const before = await readSol(bmc, channel);
  const set = (parameter: number, ...bytes: number[]) =>
    bmc.run(setSolParameter(channel, parameter, Buffer.from(bytes)));
  const { enabled, privilege, accumulateMs, threshold, retries, retryIntervalMs, bitRate } = change;
  if (enabled !== undefined) await set(SolParameter.enable, enabled ? 1 : 0);
  if (privilege !== undefined) {
    const forced =
      (before.forceEncryption ? FORCE_ENCRYPTION : 0) |
      (before.forceAuthentication ? FORCE_AUTHENTICATION : 0);
    await set(SolParameter.authentication, forced | privilegeLevel(privilege));
  }
  if (accumulateMs !== undefined || threshold !== undefined) {
    const steps = Math.round((accumulateMs ?? before.accumulateMs ?? 0) / 5);
    await set(SolParameter.accumulation, steps, threshold ?? before.threshold ?? 0);
  }
  if (retries !== undefined || retryIntervalMs !== undefined) {
    const steps = Math.round((retryIntervalMs ?? before.retryIntervalMs ?? 0) / 10);
    await set(SolParameter.retry, retries ?? before.retries ?? 0, steps);
  }
  if (bitRate !== undefined) {
    const number = Number(Object.keys(BIT_RATES).find((key) => BIT_RATES[Number(key)] === bitRate));
    await set(SolParameter.storedBitRate, number);
    // Not on every BMC; the stored one is loaded at the next activation.
    await set(SolParameter.activeBitRate, number).catch(ifOptional);
  }
  const got = await readSol(bmc, channel);
  const names = (Object.keys(change) as (keyof SolChange)[]).filter((name) => change[name] !== undefined);
  const differs = names.filter((name) => got[name === "bitRate" ? "storedBitRate" : name] !== change[name]);
  if (differs.length === 0) return got;
  const problem = `${differs.join(", ")} read back otherwise than set`;
  throw new IpmiReadBackError(bmc.label, "Set SOL Configuration Parameters", problem, "what this BMC allows");
}

/** The bit rates that can be set. */
export const SOL_BIT_RATES: readonly number[] = Object.values(BIT_RATES);

function ifOptional(error: unknown): undefined {
  if (!isCompletion(error, READ_ONLY, NOT_SUPPORTED)) throw error;
}

function whereTold<T>(byte: number | undefined, read: (byte: number) => T): T | undefined {
  return byte === undefined ? undefined : read(byte);
}
