import { PayloadType } from "../codec/session-header";
import {
  IpmiCompletionError,
  IpmiConsoleLostError,
  IpmiMalformedReplyError,
  IpmiPrivilegeError,
} from "../errors";
import { getPayloadInstance, getPayloadStatus } from "../messages/payload-activation";
import type { CommandRunner } from "../messages/runner";

/** What a BMC tells of who has a console. Undefined where it does not tell. */
interface Holder {
  readonly active: boolean | undefined;
  /** As the BMC numbers sessions; 0 for none. */
  readonly session: number | undefined;
}

/**
 * Tells why the console is no longer this session's; undefined: it is, as far as the BMC tells. Rejects with
 * {@link IpmiError} if the session is lost.
 */
export type LossQuestion = () => Promise<IpmiConsoleLostError | undefined>;

/**
 * Remembers who has a console that this session has just activated. BMCs need not say when it is taken away, and some
 * do not, so they are asked, and what they tell is compared with what they told at first.
 * @param instance of the payload
 * @throws {IpmiError} if the session is lost
 */
export async function rememberHolder(bmc: CommandRunner, instance: number): Promise<LossQuestion> {
  const first = await holderOf(bmc, instance);
  return async () => {
    const now = await holderOf(bmc, instance);
    if (first.active && now.active === false) return deactivated(bmc.label);
    if (!first.session || now.session === undefined || now.session === first.session) return undefined;
    return now.session === 0 ? deactivated(bmc.label) : taken(bmc.label);
  };
}

/** For a console that the BMC ended, of itself or because it was told to. */
export function deactivated(label: string): IpmiConsoleLostError {
  return new IpmiConsoleLostError(
    label,
    "the console was deactivated, by somebody else or by the BMC",
    "who else works on this machine, and whether its BMC restarted",
  );
}

function taken(label: string): IpmiConsoleLostError {
  return new IpmiConsoleLostError(
    label,
    "another session has taken the console",
    "who else works on this machine",
  );
}

async function holderOf(bmc: CommandRunner, instance: number): Promise<Holder> {
  const status = await ifTold(bmc.run(getPayloadStatus(PayloadType.sol)));
  const info = await ifTold(bmc.run(getPayloadInstance(PayloadType.sol, instance)));
  return { active: status?.active.includes(instance), session: info?.session };
}

/** An answer that says nothing is still one. */
async function ifTold<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    const answered = [IpmiCompletionError, IpmiMalformedReplyError, IpmiPrivilegeError];
    if (answered.some((type) => error instanceof type)) return undefined;
    throw error;
  }
}
