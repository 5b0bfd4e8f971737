/** What is to be closed before the process ends. */
export interface Closable {
  /** Never fails. */
  close(): Promise<void>;
  /** Tells the other side in the last moment; nothing that waits is done any more. */
  farewell(): void;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const open = new Set<Closable>();

/**
 * Sees to it that this is closed before the process ends: when nothing is left to do, at `process.exit` and at an
 * uncaught error, and at a signal that the program itself does not handle. Handlers of the program stay its own.
 */
export function closeAtExit(what: Closable): void {
  if (open.size === 0) watch();
  open.add(what);
}

/** It is closed. */
export function isClosed(what: Closable): void {
  if (open.delete(what) && open.size === 0) unwatch();
}

function watch(): void {
  process.on("beforeExit", closeAll).on("exit", farewellToAll);
  // First of all, so that handlers for one time count too.
  for (const signal of SIGNALS) process.prependListener(signal, onSignal);
}

function unwatch(): void {
  process.off("beforeExit", closeAll).off("exit", farewellToAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

async function closeAll(): Promise<void> {
  await Promise.all([...open].map((what) => what.close()));
}

function farewellToAll(): void {
  for (const what of open) what.farewell();
}

/** Ends the process as the signal would have, once all is closed; a second signal ends it at once. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  const end = () => process.kill(process.pid, signal);
  process.off(signal, onSignal);
  void closeAll().then(end, end);
}
