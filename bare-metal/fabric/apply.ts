import type { ApplyPartitions, FabricManager, Partition, PortTable } from "./index";
export async function applyPartitions(_request: ApplyPartitions): Promise<readonly PortTable[]> {
  throw new Error("not yet");
}
/** What is written for the owner, and what the tables of its members' ports hold; undefined if nothing is written. */
export async function readPartitions(
  _manager: FabricManager,
  _owner: string,
): Promise<{ partitions: readonly Partition[]; verified: readonly PortTable[] } | undefined> {
  throw new Error("not yet");
}
export async function removePartitions(_request: FabricManager & { owner: string }): Promise<void> {
  throw new Error("not yet");
}
