import { type Fault, FaultCollector } from "../../base/faults";
import type { Fragment, Partition, ReservedPkey } from "./index";
import { DEFAULT_PKEY, formatPkey, MAX_PKEY, MAX_PKEYS_PER_PORT, MIN_PKEY } from "./pkey";

/** OpenSM keeps 31 characters of a name and cuts the rest. */
export const MAX_NAME = 31;
const NAME = /^[A-Za-z][-A-Za-z0-9_.]*$/;
/** Also a file name: `fragments/<owner>.json`. */
const OWNER = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const PORT_GUID = /^0x[0-9a-f]{16}$/;
const NODE = /^[A-Za-z0-9][-A-Za-z0-9_.]{0,62}$/;

export interface CheckOptions {
  /** Port GUIDs that exist. Default: any. */
  readonly knownPorts?: ReadonlySet<string>;
  /** Default: none. */
  readonly reserved?: readonly ReservedPkey[];
}

/**
 * Everything that is wrong with these fragments taken together. OpenSM opens the whole fabric when its file has an
 * error, so nothing is written before this list is empty.
 * @returns faults with paths such as `course-ml.partitions[0].members[2].portGuid`
 */
export function checkPartitions(
  fragments: readonly Fragment[],
  { knownPorts, reserved = [] }: CheckOptions = {},
): Fault[] {
  const faults = new FaultCollector();
  const owners = new Set<string>();
  const pkeys = new Map<number, { owner: string; path: string }>();
  const names = new Map<string, string>();
  const perPort = new Map<string, number>();

  for (const { owner, partitions } of fragments) {
    if (!OWNER.test(owner))
      faults.add("owner", owner, "not a DNS label (RFC 1123)", "a-z, 0-9 and -, at most 63");
    if (owners.has(owner)) faults.add("owner", owner, "given twice", "one fragment for each owner");
    owners.add(owner);
    partitions.forEach((partition, i) => {
      const path = `${owner}.partitions[${i}]`;
      checkName(partition, path, names, faults);
      checkPkey(partition, owner, path, pkeys, reserved, faults);
      checkMembers(partition, path, knownPorts, perPort, faults);
    });
  }
  for (const [portGuid, count] of perPort) {
    if (count > MAX_PKEYS_PER_PORT) {
      const fix = `at most ${MAX_PKEYS_PER_PORT} partitions beside Default`;
      faults.add(`ports[${portGuid}]`, count, "more P_Keys than its table takes", fix);
    }
  }
  return [...faults.faults];
}

function checkName(
  { name }: Partition,
  path: string,
  names: Map<string, string>,
  faults: FaultCollector,
): void {
  if (!NAME.test(name) || name.length > MAX_NAME) {
    const fix = `a letter, then letters, digits, -, _ or ., at most ${MAX_NAME}`;
    faults.add(`${path}.name`, name, "not a name that OpenSM keeps whole", fix);
  }
  if (name.toLowerCase() === "default") {
    faults.add(`${path}.name`, name, "the name of OpenSM's own partition", "another name");
  }
  const first = names.get(name);
  if (first === undefined) names.set(name, path);
  else faults.add(`${path}.name`, name, `the same name as ${first}`, "a name of its own");
}

function checkPkey(
  { pkey }: Partition,
  owner: string,
  path: string,
  pkeys: Map<number, { owner: string; path: string }>,
  reserved: readonly ReservedPkey[],
  faults: FaultCollector,
): void {
  const range = `${formatPkey(MIN_PKEY)} to ${formatPkey(MAX_PKEY)}`;
  if (!Number.isInteger(pkey) || pkey < MIN_PKEY || pkey > 0xffff) {
    faults.add(`${path}.pkey`, pkey, "not a P_Key", range);
  } else if ((pkey & DEFAULT_PKEY) === DEFAULT_PKEY) {
    faults.add(`${path}.pkey`, formatPkey(pkey), "the Default partition, which OpenSM keeps", range);
  } else if (pkey > MAX_PKEY) {
    const fix = `${formatPkey(pkey & DEFAULT_PKEY)}: membership is said of each member`;
    faults.add(`${path}.pkey`, formatPkey(pkey), "has the membership bit 0x8000 set", fix);
  }
  const first = pkeys.get(pkey);
  if (first !== undefined)
    faults.add(`${path}.pkey`, formatPkey(pkey), `the same P_Key as ${first.path}`, "a P_Key of its own");
  else pkeys.set(pkey, { owner, path });
  const taken = reserved.find((r) => r.pkey === pkey && r.owner !== owner);
  if (taken)
    faults.add(
      `${path}.pkey`,
      formatPkey(pkey),
      `reserved for ${taken.owner}`,
      "a P_Key that is not reserved",
    );
}

function checkMembers(
  { members }: Partition,
  path: string,
  knownPorts: ReadonlySet<string> | undefined,
  perPort: Map<string, number>,
  faults: FaultCollector,
): void {
  const seen = new Set<string>();
  members.forEach(({ node, portGuid, membership }, i) => {
    const at = `${path}.members[${i}]`;
    if (!NODE.test(node))
      faults.add(`${at}.node`, node, "not a machine's name", "letters, digits, -, _ and ., at most 63");
    if (membership !== "full" && membership !== "limited") {
      faults.add(`${at}.membership`, membership, "no such membership", "full or limited");
    }
    if (!PORT_GUID.test(portGuid)) {
      faults.add(`${at}.portGuid`, portGuid, "not a port GUID", "0x and 16 hexadecimal digits in lower case");
    } else if (knownPorts && !knownPorts.has(portGuid)) {
      faults.add(
        `${at}.portGuid`,
        portGuid,
        "no such port in the fabric",
        "the GUID of a port that is cabled and up",
      );
    }
    if (seen.has(portGuid))
      faults.add(`${at}.portGuid`, portGuid, "given twice in this partition", "name each port once");
    else perPort.set(portGuid, (perPort.get(portGuid) ?? 0) + 1);
    seen.add(portGuid);
  });
}
