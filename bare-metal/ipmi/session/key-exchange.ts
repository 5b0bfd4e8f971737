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
import { IpmiAuthenticationError, IpmiSessionError, IpmiTimeoutError } from "../errors";
import { decodeRakp2, decodeRakp4, encodeRakp1, encodeRakp3 } from "../messages/rakp";
import { refusal } from "./refusal";
import { Session } from "./session";
import { answered, Derailed, type Setup } from "./setup";
import { askForSetup } from "./setup-message";

/** Role bit of RAKP message 1: look the user up by name alone (IPMI 2.0 section 13.20). */
const NAME_ONLY = 0x10;
/** BMCs answer one RAKP message 3 and ignore its repeats: a lost answer is only mended by a fresh set-up. */
const RAKP3_RETRIES = 2;
const INVALID_INTEGRITY_CHECK = 0x0f;
const UNAUTHORIZED_NAME = 0x0d;

/** RAKP messages 1 and 2: the BMC proves that it knows the password. */
export async function exchangeKeys(setup: Setup, bmcSessionId: number): Promise<RakpFacts | Derailed> {
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
  const { status, accepted } = answered(outcome, host, command);
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
export async function prove(setup: Setup, facts: RakpFacts): Promise<Session | Derailed> {
  const { context, host, who, consoleSessionId } = setup;
  const { suite, password, bmcKey } = who;
  const { bmcSessionId } = facts;
  const command = "RAKP message 3";
  const tag = (setup.tag + 2) & 0xff;
  const sik = sessionIntegrityKey(suite, bmcKey ?? password, facts);
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
  const { status, accepted } = answered(outcome, host, command);
  if (accepted) {
    throw new IpmiAuthenticationError(
      host,
      "RAKP message 4",
      "the BMC's integrity check value is wrong, though the password is right",
      bmcKey
        ? "the BMC key (Kg); that nothing else answers at this address"
        : "whether a BMC key (Kg) is set on the BMC, and give it; that nothing else answers at this address",
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
