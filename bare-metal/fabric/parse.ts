import { FaultCollector } from "../../base/faults";
import type { Fragment, Membership, Partition, PartitionMember } from "./index";
import { DEFAULT_STATEMENT } from "./render";

const HEAD = /^([A-Za-z][-A-Za-z0-9_.]*)=0x([0-9a-f]{4})(, ipoib)? :( ;)?$/;
const MEMBER = /^ {2}(0x[0-9a-f]{16})=(full|limited)(,| ;) # (\S+)$/;
const OWNER = /^# owner: (\S+)$/;

interface Draft {
  readonly owner: string;
  readonly partitions: (Omit<Partition, "members"> & { members: PartitionMember[] })[];
}

/**
 * Reads a partitions file in the form that {@link renderPartitions} writes, and no other: a line that it would not have
 * written was put there by somebody else, whose intent is not ours to guess.
 * @throws {FaultsError} naming each such line
 */
export function parsePartitions(text: string): Fragment[] {
  const faults = new FaultCollector();
  const fragments: Draft[] = [];
  let open = false;
  text.split("\n").forEach((line, i) => {
    const partitions = fragments.at(-1)?.partitions;
    const [owner, head, member] = [OWNER.exec(line), HEAD.exec(line), MEMBER.exec(line)];
    if (open && member) {
      const [, portGuid = "", membership, end, node = ""] = member;
      partitions?.at(-1)?.members.push({ node, portGuid, membership: membership as Membership });
      open = end === ",";
    } else if (!open && owner) {
      fragments.push({ owner: owner[1] as string, partitions: [] });
    } else if (!open && head && partitions) {
      const [, name = "", pkey = "", ipoib, end] = head;
      partitions.push({ name, pkey: Number.parseInt(pkey, 16), ipoib: ipoib !== undefined, members: [] });
      open = end === undefined;
    } else if (open || !(line.trim() === "" || line.startsWith("#") || line === DEFAULT_STATEMENT)) {
      faults.add(
        `line ${i + 1}`,
        line,
        "not a line that Lectern writes",
        "remove it, or put it into a fragment",
      );
    }
  });
  if (open) faults.add("(end)", "(missing)", "the last partition has no end", "end it with ` ;`");
  faults.throwIfAny("partitions file");
  return fragments;
}
