import { type Command, InvalidArgumentError } from "commander";
import type { ControllerAddress, ControllerPath } from "../../bare-metal/ipmi";
import { UsageError } from "../failure";
import { wholeNumber } from "./options";

/** Which controller behind a BMC is meant, as typed. */
export interface ControllerOptions {
  readonly target?: number;
  readonly channel?: number;
  readonly transit?: number;
  readonly transitChannel?: number;
}

/** Lets {@link ControllerOptions} be typed with a command. They are called what ipmitool calls them. */
export function addControllerOptions(command: Command): Command {
  const channel = wholeNumber(0, 11);
  return command
    .option("-t, --target <address>", "ask the controller at this address behind the BMC (IPMI)", address)
    .option("-b, --channel <number>", "of the bus that it is on (default: 0)", channel)
    .option("-T, --transit <address>", "the controller that passes messages on to it", address)
    .option("-B, --transit-channel <number>", "of the bus that this one is on (default: 0)", channel);
}

/**
 * The controller that is meant; undefined for the BMC itself.
 * @throws {UsageError} for options that need others
 */
export function controllerOf(options: ControllerOptions): ControllerPath | undefined {
  const { target, channel, transit, transitChannel } = options;
  const faults: string[] = [];
  if (target === undefined) {
    for (const [option, value] of Object.entries({ channel, transit })) {
      if (value !== undefined) faults.push(`--${option} without --target: name the controller that is meant`);
    }
  }
  if (transit === undefined && transitChannel !== undefined) {
    faults.push("--transit-channel without --transit: name the controller that passes messages on");
  }
  if (faults.length > 0) throw new UsageError(faults.join("\n"));
  if (target === undefined) return undefined;
  const path = { address: target, channel: channel ?? 0 };
  const through: ControllerAddress | undefined =
    transit === undefined ? undefined : { address: transit, channel: transitChannel ?? 0 };
  for (const [option, place] of [
    ["--target", through ? undefined : path],
    ["--transit", through],
  ] as const) {
    if (place?.address === 0x20 && place.channel === 0) {
      faults.push(`${option} 0x20 is the BMC itself: leave it out, or name another channel`);
    }
  }
  if (faults.length > 0) throw new UsageError(faults.join("\n"));
  return through ? { ...path, transit: through } : path;
}

function address(text: string): number {
  const value = Number(text);
  if (/^(\d+|0x[0-9a-f]+)$/i.test(text) && value >= 2 && value <= 0xfe && value % 2 === 0) return value;
  throw new InvalidArgumentError("Not an address on an IPMB: even, from 0x02 to 0xfe, such as 0x2c.");
}
