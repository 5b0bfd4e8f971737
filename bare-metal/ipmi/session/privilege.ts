import { IpmiCompletionError, IpmiPrivilegeError } from "../errors";
import { PRIVILEGE_LEVELS, setSessionPrivilege } from "../messages/session-privilege";
import type { Privilege } from "../options";
import type { Session } from "./session";

/**
 * Raises a new session, which starts with privilege user (IPMI 2.0 section 13.20), to what was asked for.
 * @throws {IpmiPrivilegeError} if the BMC refuses it or grants another
 */
export async function raisePrivilege(session: Session, host: string, privilege: Privilege): Promise<void> {
  const level = PRIVILEGE_LEVELS[privilege];
  if (privilege === "user") return;
  const command = setSessionPrivilege(level);
  const check = "the user's privilege limit on this channel";
  let got: number;
  try {
    got = await session.send(command);
  } catch (error) {
    if (!(error instanceof IpmiCompletionError)) throw error;
    throw new IpmiPrivilegeError(host, command.name, `${privilege} refused: ${error.problem}`, check);
  }
  if (got !== level) {
    throw new IpmiPrivilegeError(
      host,
      command.name,
      `asked for ${privilege} (${level}), got level ${got}`,
      check,
    );
  }
}
