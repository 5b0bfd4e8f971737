import { readIfThere, replaceFile } from "../../base/files";
import { FaultsError } from "../../base/faults";
import type { Milliseconds } from "../../base/units";
import { waitFor } from "../../base/wait";
import { checkPartitions } from "./check";
import { discoverPorts, type FabricPort, readTables } from "./diagnostics";
import { describeTable, differing, expectedTables, memberPorts } from "./expected";
import { FragmentFolder } from "./fragments";
import type { ApplyPartitions, FabricManager, Fragment, Partition, PortTable } from "./index";
import { withLock } from "./lock";
import { logSize, parseError, tellOpensm } from "./opensm";
import { MAX_PKEY } from "./pkey";
import { renderPartitions } from "./render";

const TIMEOUT = 20_000;
/** OpenSM writes tables within a quarter of a second; what differs after this was altered behind its back. */
const DRIFT_AFTER = 3_000;

/**
 * Makes the partitions of one owner what is asked: checks all fragments together, writes the file, tells OpenSM, and
 * reads the tables of the owner's ports back until they are right. Idempotent; a table that was altered behind OpenSM's
 * back is repaired. On failure the old file is put back and OpenSM is told again.
 * @returns the tables of the owner's ports as read back
 * @throws {FaultsError} before anything is changed
 * @throws {Error} if OpenSM refuses the file, or the tables are not right by the deadline
 */
export async function applyPartitions(request: ApplyPartitions): Promise<readonly PortTable[]> {
  const fragment: Fragment = { owner: request.owner, partitions: request.partitions };
  return withLock(`${request.partitionsFile}.lock`, async () => {
    const ports = await discoverPorts(request.diagnostics);
    const folder = new FragmentFolder(request.partitionsFile);
    const fragments = folder.all().set(request.owner, fragment);
    const own = [...fragments.values()].filter((f) => f.owner === request.owner);
    const others = [...fragments.values()].filter((f) => f.owner !== request.owner);
    const knownPorts = request.knownPorts ?? new Set(ports.keys());
    const faults = [
      ...checkPartitions([...others, ...own], { reserved: request.reserved ?? [] }),
      // A port of another owner that is down now is no fault of this request.
      ...checkPartitions(own, { knownPorts }).filter((f) => f.problem.startsWith("no such port")),
    ];
    if (faults.length > 0) throw new FaultsError(`partitions of ${request.owner}`, faults);
    return change(request, request.owner, fragment, ports, request.timeout ?? TIMEOUT);
  });
}

/** What is written for the owner, and what the tables of its members' ports hold; undefined if nothing is written. */
export async function readPartitions(
  manager: FabricManager,
  owner: string,
): Promise<{ partitions: readonly Partition[]; verified: readonly PortTable[] } | undefined> {
  const fragment = new FragmentFolder(manager.partitionsFile).all().get(owner);
  if (!fragment) return undefined;
  const ports = await discoverPorts(manager.diagnostics);
  const members = [...memberPorts(fragment)].flatMap((guid) => ports.get(guid) ?? []);
  return { partitions: fragment.partitions, verified: await readTables(manager.diagnostics, members) };
}

/** Takes the owner's partitions away and waits until its ports hold them no more. Idempotent. */
export async function removePartitions(
  request: FabricManager & { readonly owner: string; readonly timeout?: Milliseconds },
): Promise<void> {
  await withLock(`${request.partitionsFile}.lock`, async () => {
    if (!new FragmentFolder(request.partitionsFile).all().has(request.owner)) return;
    const ports = await discoverPorts(request.diagnostics);
    await change(request, request.owner, undefined, ports, request.timeout ?? TIMEOUT);
  });
}

async function change(
  manager: FabricManager,
  owner: string,
  wanted: Fragment | undefined,
  ports: ReadonlyMap<string, FabricPort>,
  timeout: Milliseconds,
): Promise<readonly PortTable[]> {
  const folder = new FragmentFolder(manager.partitionsFile);
  const fragments = folder.all();
  const before = fragments.get(owner);
  const oldText = readIfThere(manager.partitionsFile);
  if (wanted) fragments.set(owner, wanted);
  else fragments.delete(owner);
  // Members that left must lose the P_Key, so their tables count as well.
  const touched = [...new Set([...memberPorts(wanted), ...memberPorts(before)])].flatMap(
    (g) => ports.get(g) ?? [],
  );
  const all = [...fragments.values()];
  const goal = { expected: expectedTables(all, touched), ports: touched };
  const text = renderPartitions(all);
  const altered = text !== oldText;
  const deadline = Date.now() + timeout;
  try {
    folder.put(owner, wanted);
    const told = altered ? writeAndTell(manager, text) : undefined;
    const tables = await settle(manager, goal, all, told, deadline);
    const members = memberPorts(wanted);
    return tables.filter((t) => members.has(t.portGuid));
  } catch (error) {
    folder.put(owner, before);
    if (altered) restore(manager, oldText ?? renderPartitions([...folder.all().values()]));
    throw error;
  }
}

interface Goal {
  readonly expected: readonly PortTable[];
  readonly ports: readonly FabricPort[];
}

/** Size of OpenSM's log when it was told: an error that the new file causes stands after it. */
type Told = { readonly logSize: number };

async function settle(
  manager: FabricManager,
  goal: Goal,
  fragments: readonly Fragment[],
  told: Told | undefined,
  deadline: number,
): Promise<readonly PortTable[]> {
  const left = (): number => Math.max(0, deadline - Date.now());
  if (told) {
    const reached = await tablesReached(manager, goal, told, Math.min(DRIFT_AFTER, left())).catch(
      (error: unknown) => {
        if (error instanceof RefusedError || left() === 0) throw error;
        return undefined;
      },
    );
    if (reached) return reached;
  }
  const found = await readTables(manager.diagnostics, goal.ports);
  const drifted = differing(goal.expected, found);
  if (drifted.length === 0) return found;
  const rewritten = await rewriteTables(manager, fragments, goal, drifted, left());
  return tablesReached(manager, goal, rewritten, left());
}

/**
 * Makes OpenSM write the tables of these ports again. It compares with its own memory and skips what it believes to be
 * right, so a partition that only these ports are in comes and goes: each step rewrites the block it stands in, and no
 * traffic in another partition is disturbed.
 */
async function rewriteTables(
  manager: FabricManager,
  fragments: readonly Fragment[],
  goal: Goal,
  portGuids: readonly string[],
  timeout: Milliseconds,
): Promise<Told> {
  const used = new Set(fragments.flatMap((f) => f.partitions.map((p) => p.pkey)));
  let pkey = MAX_PKEY;
  while (used.has(pkey)) pkey -= 1;
  const members = portGuids.map((portGuid) => ({ node: "repair", portGuid, membership: "limited" as const }));
  const repair = {
    owner: "lectern-repair",
    partitions: [{ name: "lectern-repair", pkey, ipoib: false, members }],
  };
  const ports = goal.ports.filter((p) => portGuids.includes(p.portGuid));
  try {
    const told = writeAndTell(manager, renderPartitions([...fragments, repair]));
    await tablesReached(
      manager,
      { expected: expectedTables([...fragments, repair], ports), ports },
      told,
      timeout,
    );
  } catch (error) {
    writeAndTell(manager, renderPartitions(fragments));
    throw error;
  }
  return writeAndTell(manager, renderPartitions(fragments));
}

/** Puts the old text back. That OpenSM cannot be told, if so, is already what the first error says. */
function restore(manager: FabricManager, text: string): void {
  replaceFile(manager.partitionsFile, text, { mode: 0o644 });
  try {
    tellOpensm(manager.pidFile);
  } catch {
    // It reads the file when it starts.
  }
}

function writeAndTell(manager: FabricManager, text: string): Told {
  const told = { logSize: logSize(manager.logFile) };
  replaceFile(manager.partitionsFile, text, { mode: 0o644 });
  tellOpensm(manager.pidFile);
  return told;
}

/** OpenSM did not take the file, and has opened the fabric instead. */
class RefusedError extends Error {}

async function tablesReached(
  manager: FabricManager,
  { expected, ports }: Goal,
  told: Told,
  timeout: Milliseconds,
): Promise<readonly PortTable[]> {
  const refused = new AbortController();
  return waitFor(
    "P_Key tables as written",
    async () => {
      const line = parseError(manager.logFile, told.logSize);
      if (line !== undefined)
        refused.abort(new RefusedError(`OpenSM refused ${manager.partitionsFile}: ${line}`));
      const found = await readTables(manager.diagnostics, ports);
      const wrong = differing(expected, found);
      if (wrong.length === 0) return found;
      const guid = wrong[0] as string;
      const held = (tables: readonly PortTable[]): string =>
        describeTable(tables.find((t) => t.portGuid === guid));
      const example = `${guid} holds ${held(found)}, not ${held(expected)}`;
      throw new Error(`${wrong.length} of ${ports.length} ports differ: ${example}`);
    },
    { timeout, signal: refused.signal },
  );
}
