import { PayloadType } from "../codec/session-header";
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
import { giveUpHalfOpen, giveUpRepeats } from "./half-open";
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
/** Set-ups begun afresh before giving up; a BMC that fell silent ends them at the next Open Session. */
const ATTEMPTS = 8;
/** BMCs answer one RAKP message 3 and ignore its repeats: a lost answer is only mended by a fresh set-up. */
const RAKP3_RETRIES = 2;
const INVALID_INTEGRITY_CHECK = 0x0f;
const UNAUTHORIZED_NAME = 0x0d;

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

/** One set-up under way: what its steps share. */
interface Setup {
  readonly context: ExchangeContext;
  readonly host: string;
  readonly who: Credentials;
  readonly consoleSessionId: number;
  /** Privilege level number asked for. */
  readonly level: number;
  /** Message tag of Open Session; the RAKP messages count on from it. */
  readonly tag: number;
}

async function handshake(base: ExchangeContext, host: string, who: Credentials): Promise<Session | Derailed> {
  const consoleSessionId = base.random(4).readUInt32LE(0) || 1;
  const tag = base.random(1).readUInt8(0);
  const opened: { ours?: number } = {};
  const context = { ...base, stray: giveUpRepeats(base.transport, tag, consoleSessionId, () => opened.ours) };
  const setup: Setup = { context, host, who, consoleSessionId, level: PRIVILEGE_LEVELS[who.privilege], tag };
  const ours = await propose(setup);
  opened.ours = ours;
  let session: Session | undefined;
  try {
    const facts = await exchangeKeys(setup, ours);
    if (facts instanceof Derailed) return facts;
    const proven = await prove(setup, facts);
    if (proven instanceof Session) session = proven;
    return proven;
  } finally {
    if (!session) giveUpHalfOpen(context.transport, tag, ours);
  }
}

/** Open Session: proposes one suite, and takes no other. @returns the BMC's session ID */
async function propose({ context, host, who, consoleSessionId, level, tag }: Setup): Promise<number> {
  const command = "Open Session";
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
  const { status, accepted } = answer(outcome, host, command);
  if (accepted === undefined) throw refusal(host, command, status, suite.id, who.privilege);
  refuseDowngrade(accepted, suite, host);
  return accepted.bmcSessionId;
}

/** RAKP messages 1 and 2: the BMC proves that it knows the password. */
async function exchangeKeys(setup: Setup, bmcSessionId: number): Promise<RakpFacts | Derailed> {
  const { context, host, who, consoleSessionId } = setup;
  const { suite, user, password } = who;
  const command = "RAKP message 1";
  const tag = (setup.tag + 1) & 0xff;
  const consoleRandom = context.random(16);
  const role = NAME_ONLY | setup.level;
  const outcome = await askForSetup(
    context,
    { type: PayloadType.rakp1, tag, payload: encodeRakp1(tag, bmcSessionId, consoleRandom, role, user) },
    consoleSessionId,
    (payload) => decodeRakp2(payload, suite.digestLength),
  );
  if (outcome.kind === "silence") {
    throw new IpmiSessionError(
      host,
      command,
      `no answer (sent ${outcome.sent} times), though Open Session was answered`,
      "the user's name (some BMCs do not answer unknown users), then the network",
    );
  }
  const { status, accepted } = answer(outcome, host, command);
  if (accepted === undefined) {
    const error = refusal(host, command, status, suite.id, who.privilege);
    if (error instanceof IpmiSessionError) return new Derailed(error);
    throw error;
  }
  const { random: bmcRandom, guid: bmcGuid, code } = accepted;
  const facts = { consoleSessionId, bmcSessionId, consoleRandom, bmcRandom, bmcGuid, role, user };
  if (sameCode(rakp2Code(suite, password, facts), code)) return facts;
  throw new IpmiAuthenticationError(
    host,
    "RAKP message 2",
    "the BMC's key exchange authentication code does not fit the password",
    "the password; that nothing else answers at this address",
  );
}

/** RAKP messages 3 and 4: the console proves itself, and the BMC that it derived the same keys. */
async function prove(setup: Setup, facts: RakpFacts): Promise<Session | Derailed> {
  const { context, host, who, consoleSessionId } = setup;
  const { suite, password } = who;
  const { bmcSessionId } = facts;
  const command = "RAKP message 3";
  const tag = (setup.tag + 2) & 0xff;
  const sik = sessionIntegrityKey(suite, password, facts);
  const expected = rakp4Code(suite, sik, facts);
  const session = new Session(context, host, consoleSessionId, bmcSessionId, new SessionKeys(suite, sik));
  const retries = Math.min(context.retry.retries, RAKP3_RETRIES);
  const outcome = await askForSetup(
    { ...context, retry: { ...context.retry, retries } },
    {
      type: PayloadType.rakp3,
      tag,
      payload: encodeRakp3(tag, bmcSessionId, rakp3Code(suite, password, facts)),
    },
    consoleSessionId,
    (payload) => decodeRakp4(payload, suite.authCodeLength),
  );
  const rakp4 = outcome.kind === "answer" ? outcome.value : undefined;
  if (rakp4?.accepted && sameCode(expected, rakp4.accepted.code)) return session;

  // The BMC may hold the session open all the same: message 4 was lost, or answers a repeat.
  await session.close();
  if (outcome.kind === "silence")
    return new Derailed(new IpmiTimeoutError(host, command, "no RAKP message 4", false));
  const { status, accepted } = answer(outcome, host, command);
  if (accepted) {
    throw new IpmiAuthenticationError(
      host,
      "RAKP message 4",
      "the BMC's integrity check value is wrong",
      "that nothing else answers at this address",
    );
  }
  const error = refusal(host, command, status, suite.id, who.privilege);
  // Name and password are right, message 2 proved them: these statuses mean that another message 1 came between.
  // Which of the two a BMC answers to a check value of an older message differs.
  if (status === INVALID_INTEGRITY_CHECK || status === UNAUTHORIZED_NAME) {
    return new Derailed(new IpmiSessionError(host, command, error.problem, error.check, status));
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
