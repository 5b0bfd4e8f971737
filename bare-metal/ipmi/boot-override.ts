import { DecodeError } from "./codec/reader";
import { IpmiCompletionError, IpmiMalformedReplyError, IpmiReadBackError } from "./errors";
import { type BootDevice, type BootOverride, decodeBootFlags, encodeBootFlags } from "./messages/boot-flags";
import { BootParameter, getBootOption, setBootOption } from "./messages/boot-options";
import type { Command } from "./messages/command";
import type { CommandRunner } from "./messages/runner";

const COMPLETE = 0;
const IN_PROGRESS = 1;
const SET_IN_PROGRESS = 0x81;
/** BIOS or POST acknowledges, both bits: write mask, then data (table 28-14, parameter 4). */
const ACKNOWLEDGE_BIOS = Buffer.from([0x01, 0x01]);

/** Reads the boot flags. */
export async function readBootOverride(bmc: CommandRunner): Promise<BootOverride> {
  const command = getBootOption(BootParameter.flags);
  const { valid, data } = await bmc.run(command);
  try {
    const flags = decodeBootFlags(data);
    return { ...flags, valid: flags.valid && valid };
  } catch (error) {
    if (error instanceof DecodeError)
      throw new IpmiMalformedReplyError(bmc.label, command.name, error.message);
    throw error;
  }
}

/**
 * Writes the boot flags as the specification asks (section 28.12): set in progress, acknowledge, flags, complete.
 * BMCs that lack the parameters around the flags are served too.
 * @throws {IpmiReadBackError} if the BMC holds another device afterwards
 */
export async function writeBootOverride(
  bmc: CommandRunner,
  want: { readonly device: BootDevice; readonly once: boolean; readonly uefi: boolean },
): Promise<BootOverride> {
  const command = setBootOption(BootParameter.flags, encodeBootFlags(want.device, want.once, want.uefi));
  await ifSupported(bmc, setBootOption(BootParameter.setInProgress, Buffer.from([IN_PROGRESS])));
  try {
    await ifSupported(bmc, setBootOption(BootParameter.infoAcknowledge, ACKNOWLEDGE_BIOS));
    await bmc.run(command);
  } finally {
    await ifSupported(bmc, setBootOption(BootParameter.setInProgress, Buffer.from([COMPLETE])));
  }
  const got = await readBootOverride(bmc);
  if (got.device !== want.device) {
    throw new IpmiReadBackError(
      bmc.label,
      command.name,
      `set boot device ${want.device}, read back ${got.device}`,
      "whether the BMC supports this device, and who else sets it",
    );
  }
  return got;
}

/** Some BMCs know the flags alone. That another party is setting boot options is no matter of support. */
async function ifSupported(bmc: CommandRunner, command: Command<void>): Promise<void> {
  try {
    await bmc.run(command);
  } catch (error) {
    if (!(error instanceof IpmiCompletionError) || error.code === SET_IN_PROGRESS) throw error;
  }
}
