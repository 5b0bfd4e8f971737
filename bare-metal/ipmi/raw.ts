import { IpmiArgumentError } from "./errors";
import { rawCommand } from "./messages/raw";
import type { CommandRunner } from "./messages/runner";

/**
 * Runs any command by its numbers. Carried out once at most.
 * @param netFn even, 0 to 0x3e
 * @param most bytes of data that a request may have
 * @returns the data after the completion code
 * @throws {IpmiError}; {@link IpmiArgumentError} for numbers out of range
 */
export async function runRaw(
  runner: CommandRunner,
  { netFn, code, data }: { netFn: number; code: number; data: Uint8Array },
  most: number,
): Promise<Buffer> {
  const valid = Number.isInteger(netFn) && netFn >= 0 && netFn <= 0x3e && netFn % 2 === 0;
  if (!valid || !Number.isInteger(code) || code < 0 || code > 255 || data.length > most) {
    throw new IpmiArgumentError(
      runner.label,
      "raw",
      "numbers out of range",
      `netFn even and at most 0x3e, code a byte, data up to ${most} bytes`,
    );
  }
  return runner.run(rawCommand(netFn, code, data));
}
