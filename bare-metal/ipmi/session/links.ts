import { type Caller, Link } from "./link";

interface Shared {
  readonly link: Link;
  /** Clients that have not closed yet. */
  holders: number;
}

const shared = new Map<string, Shared>();

/** A client's hold on a link. */
export interface Hold {
  readonly link: Link;
  /** Closes the session, unless another client holds the link too. Never fails. */
  release(): Promise<void>;
}

/**
 * The link of this client. Clients of one BMC that log in alike share one, so that a process holds one session
 * there, as BMCs have few. A client with a clock, randomness or transport of its own is alone.
 */
export function holdLink(caller: Caller): Hold {
  const { clock, random, transport } = caller.settings;
  if (clock ?? random ?? transport) {
    const link = new Link();
    return { link, release: () => link.close() };
  }
  const key = keyOf(caller);
  const entry = shared.get(key) ?? { link: new Link(), holders: 0 };
  shared.set(key, entry);
  entry.holders += 1;
  return {
    link: entry.link,
    async release() {
      entry.holders -= 1;
      if (entry.holders > 0) return entry.link.settled();
      await entry.link.close();
      // Who came meanwhile goes on with the same link.
      if (entry.holders === 0 && shared.get(key) === entry) shared.delete(key);
    },
  };
}

function keyOf({ settings, secrets }: Caller): string {
  const { label, user, suite, privilege } = settings;
  return JSON.stringify([label, user.toString("hex"), suite, privilege, secrets.mark()]);
}
