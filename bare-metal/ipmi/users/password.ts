import { IpmiArgumentError, IpmiReadBackError, isCompletion } from "../errors";
import type { CommandRunner } from "../messages/runner";
import { setUserPassword, testUserPassword } from "../messages/user-password";

const INVALID_DATA = 0xcc;
const OTHER_PASSWORD = 0x80;
const OTHER_SIZE = 0x81;

/** @throws {IpmiArgumentError} unless it has 1 to 20 bytes */
export function checkPassword(bmc: CommandRunner, password: string): void {
  const length = Buffer.byteLength(password);
  if (length >= 1 && length <= 20) return;
  const problem = `a password of ${length} bytes`;
  throw new IpmiArgumentError(bmc.label, "Set User Password", problem, "1 to 20 bytes");
}

/** Sets a password, and asks the BMC whether it holds it. @throws {IpmiReadBackError} if it does not */
export async function writePassword(bmc: CommandRunner, id: number, password: string): Promise<void> {
  checkPassword(bmc, password);
  await withBytes(password, (bytes, size) => bmc.run(setUserPassword(id, bytes, size)));
  if ((await holdsPassword(bmc, id, password)) !== false) return;
  throw new IpmiReadBackError(
    bmc.label,
    "Set User Password",
    `user ${id} has another password than was set`,
    "whether this BMC takes passwords of this length",
  );
}

/** Whether this is the user's password; undefined where the BMC cannot tell. */
export async function holdsPassword(
  bmc: CommandRunner,
  id: number,
  password: string,
): Promise<boolean | undefined> {
  checkPassword(bmc, password);
  try {
    await withBytes(password, (bytes, size) => bmc.run(testUserPassword(id, bytes, size)));
    return true;
  } catch (error) {
    if (isCompletion(error, OTHER_PASSWORD, OTHER_SIZE)) return false;
    if (isCompletion(error, INVALID_DATA)) return undefined;
    throw error;
  }
}

async function withBytes(
  password: string,
  work: (bytes: Buffer, size: 16 | 20) => Promise<void>,
): Promise<void> {
  const bytes = Buffer.from(password);
  try {
    await work(bytes, bytes.length > 16 ? 20 : 16);
  } finally {
    bytes.fill(0);
  }
}
