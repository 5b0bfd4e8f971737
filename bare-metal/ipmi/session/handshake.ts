import { PRIVILEGE_LEVELS } from "../messages/session-privilege";
import type { ExchangeContext } from "../transport/exchange";
import { giveUpHalfOpen, giveUpRepeats } from "./half-open";
import { exchangeKeys, prove } from "./key-exchange";
import { propose } from "./propose";
import { Session } from "./session";
import { type Credentials, Derailed, type Setup } from "./setup";

/** Set-ups begun afresh before giving up; a BMC that fell silent ends them at the next Open Session. */
const ATTEMPTS = 8;

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

async function handshake(base: ExchangeContext, host: string, who: Credentials): Promise<Session | Derailed> {
  const consoleSessionId = base.random(4).readUInt32LE(0) || 1;
  const tag = base.random(1).readUInt8(0);
  const opened: { ours?: number } = {};
  const context = { ...base, stray: giveUpRepeats(base.transport, tag, consoleSessionId, () => opened.ours) };
  const setup: Setup = { context, host, who, consoleSessionId, level: PRIVILEGE_LEVELS[who.privilege], tag };
  const ours = await propose(setup);
  if (ours instanceof Derailed) return ours;
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
