import { DecodeError, readerOf } from "../codec/reader";
import { IpmiMalformedReplyError, IpmiReadBackError, isCompletion } from "../errors";
import { privilegeLevel, privilegeName, type PrivilegeName } from "../messages/privilege-levels";
import type { CommandRunner } from "../messages/runner";
import { getSolParameter, setSolParameter, SolParameter } from "../messages/sol-parameters";

/** Bits a second of the serial line by their numbers in table 26-5; `as the serial channel` is number 0. */
const BIT_RATES: Readonly<Record<number, number>> = { 6: 9600, 7: 19200, 8: 38400, 9: 57600, 10: 115200 };

/** How serial over LAN is set up on a channel (IPMI 2.0 table 26-5). */
export interface SolConfiguration {
  readonly enabled: boolean;
  /** What a session needs to activate it. */
  readonly privilege: PrivilegeName;
  readonly forceEncryption: boolean;
  readonly forceAuthentication: boolean;
  /** How long the BMC gathers characters before it sends them: steps of 5 ms. */
  readonly accumulateMs: number;
  /** Characters that it sends at once. */
  readonly threshold: number;
  /** Repeats of the BMC, 0 to 7. */
  readonly retries: number;
  /** Time between them: steps of 10 ms. */
  readonly retryIntervalMs: number;
  /** Bits a second in force and after a restart; undefined: as the serial channel is set. */
  readonly bitRate: number | undefined;
  readonly storedBitRate: number | undefined;
}

/** What of it can be changed. */
export type SolChange = Partial<
  Pick<
    SolConfiguration,
    "enabled" | "privilege" | "accumulateMs" | "threshold" | "retries" | "retryIntervalMs"
  >
> & {
  /** 9600, 19200, 38400, 57600 or 115200, in force and stored. */
  readonly bitRate?: number;
};

const READ_ONLY = 0x82;
const NOT_SUPPORTED = 0x80;

/** @throws {IpmiError} */
export async function readSol(bmc: CommandRunner, channel: number): Promise<SolConfiguration> {
  const ask = async (parameter: number) =>
    readerOf(await bmc.run(getSolParameter(channel, parameter)), `SOL parameter ${parameter}`);
  try {
    const enabled = (await ask(SolParameter.enable)).u8() & 1;
    const authentication = (await ask(SolParameter.authentication)).u8();
    const accumulation = await ask(SolParameter.accumulation);
    const retry = await ask(SolParameter.retry);
    return {
      enabled: enabled === 1,
      privilege: privilegeName(authentication),
      forceEncryption: (authentication & 0x80) !== 0,
      forceAuthentication: (authentication & 0x40) !== 0,
      accumulateMs: accumulation.u8() * 5,
      threshold: accumulation.u8(),
      retries: retry.u8() & 0x07,
      retryIntervalMs: retry.u8() * 10,
      bitRate: BIT_RATES[(await ask(SolParameter.activeBitRate)).u8() & 0x0f],
      storedBitRate: BIT_RATES[(await ask(SolParameter.storedBitRate)).u8() & 0x0f],
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
  const wanted = { ...(await readSol(bmc, channel)), ...change };
  const set = (parameter: number, ...bytes: number[]) =>
    bmc.run(setSolParameter(channel, parameter, Buffer.from(bytes)));
  const has = (...names: (keyof SolChange)[]) => names.some((name) => change[name] !== undefined);
  if (has("enabled")) await set(SolParameter.enable, wanted.enabled ? 1 : 0);
  if (has("privilege")) {
    const bits = (wanted.forceEncryption ? 0x80 : 0) | (wanted.forceAuthentication ? 0x40 : 0);
    await set(SolParameter.authentication, bits | privilegeLevel(wanted.privilege));
  }
  if (has("accumulateMs", "threshold")) {
    await set(SolParameter.accumulation, Math.round(wanted.accumulateMs / 5), wanted.threshold);
  }
  if (has("retries", "retryIntervalMs")) {
    await set(SolParameter.retry, wanted.retries, Math.round(wanted.retryIntervalMs / 10));
  }
  const rate = Object.entries(BIT_RATES).find(([, bits]) => bits === change.bitRate)?.[0];
  if (rate !== undefined) {
    await set(SolParameter.storedBitRate, Number(rate));
    // Not on every BMC; the stored one is loaded at the next activation.
    await set(SolParameter.activeBitRate, Number(rate)).catch(ifOptional);
  }
  const got = await readSol(bmc, channel);
  const { bitRate, ...rest } = change;
  const other = (Object.keys(rest) as (keyof typeof rest)[]).filter((name) => got[name] !== change[name]);
  const differs = [...other, ...(bitRate === undefined || got.storedBitRate === bitRate ? [] : ["bitRate"])];
  if (differs.length === 0) return got;
  const problem = `${differs.join(", ")} read back otherwise than set`;
  throw new IpmiReadBackError(bmc.label, "Set SOL Configuration Parameters", problem, "what this BMC allows");
}

/** The bit rates that can be set. */
export const SOL_BIT_RATES: readonly number[] = Object.values(BIT_RATES);

function ifOptional(error: unknown): void {
  if (!isCompletion(error, READ_ONLY, NOT_SUPPORTED)) throw error;
}
