import { PayloadType } from "../codec/session-header";
import type { CipherSuite } from "../crypto/suites";
import { IpmiCipherSuiteError, IpmiSessionError } from "../errors";
import { decodeOpenSession, encodeOpenSession, type OpenSessionReply } from "../messages/open-session";
import { suitesInWords } from "./cipher-suites";
import { refusal } from "./refusal";
import { answered, Derailed, type Setup } from "./setup";
import { askForSetup } from "./setup-message";
import { unreachable } from "./unreachable";

const COMMAND = "Open Session";

/** Open Session: proposes one suite, and takes no other. @returns the BMC's session ID */
export async function propose({
  context,
  host,
  who,
  consoleSessionId,
  level,
  tag,
}: Setup): Promise<number | Derailed> {
  const { suite } = who;
  const outcome = await askForSetup(
    context,
    {
      type: PayloadType.openSessionRequest,
      tag,
      payload: encodeOpenSession(tag, level, consoleSessionId, suite),
    },
    consoleSessionId,
    decodeOpenSession,
  );
  if (outcome.kind === "silence") throw await unreachable(context, host, outcome.sent);
  const { status, accepted } = answered(outcome, host, COMMAND);
  if (accepted === undefined) {
    const error = refusal(host, COMMAND, status, suite.id, who.privilege);
    // Such as an illegal parameter: the request was cut short on its way.
    if (error instanceof IpmiSessionError) return new Derailed(error);
    if (!(error instanceof IpmiCipherSuiteError)) throw error;
    const offer = await suitesInWords(context, host);
    throw new IpmiCipherSuiteError(host, COMMAND, `${error.problem}${offer}`, error.check);
  }
  refuseDowngrade(accepted, suite, host);
  return accepted.bmcSessionId;
}

function refuseDowngrade(
  accepted: NonNullable<OpenSessionReply["accepted"]>,
  suite: CipherSuite,
  host: string,
): void {
  const same =
    accepted.authentication === suite.authentication &&
    accepted.integrity === suite.integrity &&
    accepted.confidentiality === suite.confidentiality;
  if (same) return;
  throw new IpmiCipherSuiteError(
    host,
    COMMAND,
    `asked for cipher suite ${suite.id}, the answer chose other algorithms ` +
      `(${accepted.authentication}/${accepted.integrity}/${accepted.confidentiality}); refused`,
    "the BMC's cipher suites, and who answers at this address",
  );
}
