import { encodeBarePacket, PayloadType } from "../codec/session-header";
import { SessionKeys } from "../crypto/keys";
import {
  type RakpFacts,
  rakp2Code,
  rakp3Code,
  rakp4Code,
  sameCode,
  sessionIntegrityKey,
} from "../crypto/rakp";
import type { CipherSuite } from "../crypto/suites";
import {
  IpmiAbortedError,
  IpmiAuthenticationError,
  IpmiCipherSuiteError,
  IpmiSessionError,
  IpmiTimeoutError,
  IpmiUnreachableError,
} from "../errors";
import { decodeOpenSession, encodeOpenSession, type OpenSessionReply } from "../messages/open-session";
import { decodeRakp2, decodeRakp4, encodeRakp1, encodeRakp3 } from "../messages/rakp";
import { PRIVILEGE_LEVELS } from "../messages/session-privilege";
import type { Privilege } from "../options";
import type { ExchangeContext, Outcome } from "../transport/exchange";
import { presencePing } from "./presence";
import { refusal } from "./refusal";
import { Session } from "./session";
import { askForSetup } from "./setup-message";

/** Who opens a session, and how. */
export interface Credentials {
  readonly user: Buffer;
  readonly password: Buffer;
  readonly suite: CipherSuite;
  readonly privilege: Privilege;
}

/** Role bit of RAKP message 1: look the user up by name alone (IPMI 2.0 section 13.20). */
const NAME_ONLY = 0x10;
const ATTEMPTS = 3;
const INVALID_INTEGRITY_CHECK = 0x0f;

/** The BMC lost track of a set-up that began well: a datagram came twice or not at all. */
class Derailed {
  constructor(readonly error: IpmiSessionError | IpmiTimeoutError) {}
}

/**
 * Opens a session: Open Session, then RAKP messages 1 to 4 (IPMI 2.0 section 13.15 to 13.24).
 * The session has privilege user afterwards. A set-up that derails over lost or repeated datagrams starts afresh.
 * @throws {IpmiError}
 */
export async function openSession(
  context: ExchangeContext,
  host: string,
  who: Credentials,
): Promise<Session> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await handshake(context, host, who);
    if (result instanceof Session) return result;
    if (attempt === ATTEMPTS) throw result.error;
  }
}

async function handshake(
  context: ExchangeContext,
  host: string,
  who: Credentials,
): Promise<Session | Derailed> {
  const { suite, user, password } = who;
  const level = PRIVILEGE_LEVELS[who.privilege];
  const consoleSessionId = context.random(4).readUInt32LE(0) || 1;
  let tag = context.random(1).readUInt8(0);
  const next = () => (tag = (tag + 1) & 0xff);

  const opening = "Open Session";
  const opened = await askForSetup(
    context,
    {
      type: PayloadType.openSessionRequest,
      tag,
      payload: encodeOpenSession(tag, level, consoleSessionId, suite),
    },
    consoleSessionId,
    decodeOpenSession,
  );
  if (opened.kind === "silence") throw await unreachable(context, host, opened.sent);
  const openReply = answer(opened, host, opening);
  if (openReply.accepted === undefined) {
    throw refusal(host, opening, openReply.status, suite.id, who.privilege);
  }
  refuseDowngrade(openReply.accepted, suite, host);
  const { bmcSessionId } = openReply.accepted;

  const exchanging = "RAKP message 1";
  const consoleRandom = context.random(16);
  const role = NAME_ONLY | level;
  next();
  const second = await askForSetup(
    context,
    { type: PayloadType.rakp1, tag, payload: encodeRakp1(tag, bmcSessionId, consoleRandom, role, user) },
    consoleSessionId,
    (payload) => decodeRakp2(payload, suite.digestLength),
  );
  if (second.kind === "silence") {
    return new Derailed(new IpmiTimeoutError(host, exchanging, `sent ${second.sent} times`, false));
  }
  const rakp2 = answer(second, host, exchanging);
  if (rakp2.accepted === undefined) {
    const error = refusal(host, exchanging, rakp2.status, suite.id, who.privilege);
    if (error instanceof IpmiSessionError) return new Derailed(error);
    throw error;
  }
  const facts: RakpFacts = {
    consoleSessionId,
    bmcSessionId,
    consoleRandom,
    bmcRandom: rakp2.accepted.random,
    bmcGuid: rakp2.accepted.guid,
    role,
    user,
  };
  next();
  if (!sameCode(rakp2Code(suite, password, facts), rakp2.accepted.code)) {
    // Tells the BMC to give the half-open session up; it sends no answer to that.
    const farewell = encodeRakp3(tag, bmcSessionId, Buffer.alloc(0), INVALID_INTEGRITY_CHECK);
    context.transport.send(encodeBarePacket(PayloadType.rakp3, farewell));
    throw new IpmiAuthenticationError(
      host,
      "RAKP message 2",
      "the BMC's key exchange authentication code does not fit the password",
      "the password; that nothing else answers at this address",
    );
  }

  const sik = sessionIntegrityKey(suite, password, facts);
  const expected = rakp4Code(suite, sik, facts);
  const session = new Session(context, host, consoleSessionId, bmcSessionId, new SessionKeys(suite, sik));
  const proving = "RAKP message 3";
  const fourth = await askForSetup(
    context,
    {
      type: PayloadType.rakp3,
      tag,
      payload: encodeRakp3(tag, bmcSessionId, rakp3Code(suite, password, facts)),
    },
    consoleSessionId,
    (payload) => decodeRakp4(payload, suite.authCodeLength),
  );
  const rakp4 = fourth.kind === "answer" ? fourth.value : undefined;
  if (rakp4?.accepted && sameCode(expected, rakp4.accepted.code)) return session;

  // The BMC may hold the session open all the same: message 4 was lost, or answers a repeat.
  await session.close();
  if (fourth.kind === "aborted") throw new IpmiAbortedError(host, proving);
  if (rakp4 === undefined)
    return new Derailed(new IpmiTimeoutError(host, proving, "no RAKP message 4", false));
  if (rakp4.accepted) {
    throw new IpmiAuthenticationError(
      host,
      "RAKP message 4",
      "the BMC's integrity check value is wrong",
      "that nothing else answers at this address",
    );
  }
  const error = refusal(host, proving, rakp4.status, suite.id, who.privilege);
  // The password is right, message 2 proved it: this status means another message 1 came between.
  if (rakp4.status === INVALID_INTEGRITY_CHECK) {
    return new Derailed(new IpmiSessionError(host, proving, error.problem, error.check, rakp4.status));
  }
  if (error instanceof IpmiSessionError) return new Derailed(error);
  throw error;
}

function answer<T>(outcome: Outcome<T>, host: string, command: string): T {
  if (outcome.kind === "answer") return outcome.value;
  throw new IpmiAbortedError(host, command);
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
    "Open Session",
    `asked for cipher suite ${suite.id}, the answer chose other algorithms ` +
      `(${accepted.authentication}/${accepted.integrity}/${accepted.confidentiality}); refused`,
    "the BMC's cipher suites, and who answers at this address",
  );
}

async function unreachable(
  context: ExchangeContext,
  host: string,
  sent: number,
): Promise<IpmiUnreachableError> {
  const pong = await presencePing(context);
  const network = context.transport.lastError;
  const problem = `no answer (sent ${sent} times${network === undefined ? "" : `, network says ${network}`})`;
  return pong === "ipmi" || pong === "no-ipmi"
    ? new IpmiUnreachableError(
        host,
        "Open Session",
        `${problem}, though it answers a presence ping`,
        "that IPMI over LAN with IPMI 2.0 sessions is enabled on the BMC, and that it has a free session",
      )
    : new IpmiUnreachableError(
        host,
        "Open Session",
        `${problem}, nor to a presence ping`,
        "address and port of the BMC, its cable and VLAN, that UDP passes, and that IPMI over LAN is enabled",
      );
}
