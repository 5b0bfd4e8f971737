import type { FabricPort } from "./diagnostics";
import type { Fragment, PortTable } from "./index";
import { DEFAULT_PKEY, formatPkey, tableEntry } from "./pkey";

/** What the table of each of these ports must hold, ascending: Default, and the partitions that name the port. */
export function expectedTables(fragments: Iterable<Fragment>, ports: readonly FabricPort[]): PortTable[] {
  const entries = new Map(
    ports.map((p) => [p.portGuid, new Set([tableEntry(DEFAULT_PKEY, p.manager ? "full" : "limited")])]),
  );
  for (const { partitions } of fragments) {
    for (const { pkey, members } of partitions) {
      for (const { portGuid, membership } of members)
        entries.get(portGuid)?.add(tableEntry(pkey, membership));
    }
  }
  return [...entries].map(([portGuid, pkeys]) => ({ portGuid, pkeys: [...pkeys].sort((a, b) => a - b) }));
}

/** GUIDs of the ports whose table is another one. */
export function differing(expected: readonly PortTable[], found: readonly PortTable[]): string[] {
  const byGuid = new Map(found.map((t) => [t.portGuid, t.pkeys.join()]));
  return expected.filter((t) => byGuid.get(t.portGuid) !== t.pkeys.join()).map((t) => t.portGuid);
}

/** A table as people read it: `[0x7fff 0x8001]`. */
export function describeTable(table: PortTable | undefined): string {
  return `[${(table?.pkeys ?? []).map(formatPkey).join(" ")}]`;
}

/** GUIDs of all members of a fragment. */
export function memberPorts(fragment: Fragment | undefined): Set<string> {
  return new Set(fragment?.partitions.flatMap((p) => p.members.map((m) => m.portGuid)) ?? []);
}
