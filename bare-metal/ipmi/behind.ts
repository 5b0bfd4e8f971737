import { addressInWords, type ControllerAddress, type ControllerPath } from "./codec/controller-path";
import {
  IpmiBridgeError,
  IpmiCompletionError,
  type IpmiError,
  IpmiMalformedReplyError,
  IpmiPrivilegeError,
  IpmiTimeoutError,
} from "./errors";
import type { CommandRunner } from "./messages/runner";

/** Where a BMC is for whoever asks it. */
export const BMC_ADDRESS: ControllerAddress = { address: 0x20, channel: 0 };

/** Bytes of data that fit into an answer on an IPMB: a message has 32, and 8 of them lie around the data. */
const IPMB_DATA = 24;

/**
 * Runs commands on a controller behind the BMC. Its completion codes are told as the BMC's are, with the controller
 * in the command's name; what keeps a command or its answer on the way is an {@link IpmiBridgeError}.
 * @param bmc runs commands on the BMC itself; those that have a way of their own already keep it
 * @param lun of the controller, for commands that name none. Default 0
 */
export function behind(
  bmc: CommandRunner,
  path: ControllerPath,
  lun = 0,
): CommandRunner & { readonly mostData: number } {
  const where = addressInWords(path);
  return {
    label: bmc.label,
    mostData: IPMB_DATA,
    run: (command) =>
      bmc.run(command.path ? command : { lun, ...command, path, name: `${command.name} at ${where}` }),
  };
}

/** What need not keep anyone from asking the next thing, when it was asked of a controller behind the BMC. */
const OF_ONE_CONTROLLER = [
  IpmiBridgeError,
  IpmiCompletionError,
  IpmiMalformedReplyError,
  IpmiPrivilegeError,
  IpmiTimeoutError,
] as const;

/** While many things are asked: controllers that cannot be reached are asked once. */
export class ControllersAsked {
  private readonly unreached = new Map<string, string>();

  /**
   * Asks, unless the controller could not be reached before.
   * @returns what came of it, or why nothing did
   * @throws what has nothing to do with the controller
   */
  async ask<T>(
    { address, channel }: ControllerAddress,
    work: () => Promise<T>,
  ): Promise<{ readonly value: T } | { readonly problem: string; readonly error?: IpmiError }> {
    const key = `${address}/${channel}`;
    const known = this.unreached.get(key);
    if (known !== undefined) return { problem: known };
    try {
      return { value: await work() };
    } catch (error) {
      if (!OF_ONE_CONTROLLER.some((type) => error instanceof type)) throw error;
      const answered = error instanceof IpmiCompletionError || error instanceof IpmiMalformedReplyError;
      if (answered) return { problem: error.problem, error };
      const problem = `controller ${addressInWords({ address, channel })}: ${(error as IpmiError).problem}`;
      this.unreached.set(key, problem);
      return { problem };
    }
  }
}
