import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { UsageError } from "../failure";
import { readSecret } from "./terminal";

/** Where a password comes from; never from the words of the command, which every user of the machine can read. */
export interface PasswordSources {
  readonly passwordFile?: string;
}

/**
 * The password to log in with: from the file, else $LECTERN_BMC_PASSWORD, else typed at the terminal.
 * @throws {UsageError} if there is none, or others can read the file
 */
export async function readPassword({ passwordFile }: PasswordSources): Promise<Buffer> {
  if (passwordFile !== undefined) return passwordFrom(passwordFile);
  const known = takeVariable("LECTERN_BMC_PASSWORD");
  if (known !== undefined) return known;
  if (process.stdin.isTTY) return readSecret("Password of the BMCs: ");
  throw new UsageError(
    "no password for the BMCs: give --password-file, or set LECTERN_BMC_PASSWORD, or run it at a terminal",
  );
}

/**
 * The password that a user of a BMC is to have: from the file, else $LECTERN_BMC_NEW_PASSWORD, else typed twice.
 * @throws {UsageError} if there is none, others can read the file, or the two differ
 */
export async function readNewPassword(file: string | undefined): Promise<string> {
  if (file !== undefined) return passwordFrom(file).toString();
  const known = takeVariable("LECTERN_BMC_NEW_PASSWORD");
  if (known !== undefined) return known.toString();
  if (!process.stdin.isTTY) {
    throw new UsageError(
      "no new password: give --new-password-file, or set LECTERN_BMC_NEW_PASSWORD, or run it at a terminal",
    );
  }
  const first = await readSecret("New password: ");
  const second = await readSecret("The same again: ");
  if (!first.equals(second)) throw new UsageError("the two passwords differ; nothing was changed");
  return first.toString();
}

function passwordFrom(file: string): Buffer {
  const password = withoutLineEnd(readPrivate(file));
  if (password.length === 0) throw new UsageError(`${file}: no password in it; write it on the first line`);
  return password;
}

/** Mode and content of the same file, whatever its name means a moment later. */
function readPrivate(file: string): Buffer {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch (error) {
    throw new UsageError(
      `${file}: cannot be read (${(error as NodeJS.ErrnoException).code}); name a file that exists`,
    );
  }
  try {
    if ((fstatSync(descriptor).mode & 0o077) !== 0) {
      throw new UsageError(
        `${file}: others can read this password; chmod 600 ${file}, and change the password`,
      );
    }
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A secret of the environment, which no child and no later reader finds there again. */
function takeVariable(name: string): Buffer | undefined {
  const value = process.env[name];
  if (!value) return undefined;
  Reflect.deleteProperty(process.env, name);
  return Buffer.from(value);
}

function withoutLineEnd(content: Buffer): Buffer {
  const end = content.indexOf("\n");
  const line = end < 0 ? content : content.subarray(0, end);
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
}
