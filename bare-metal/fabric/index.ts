import type { Milliseconds } from "../../base/units";

/** Full members talk to every member, limited members to full ones only (InfiniBand Architecture Specification, volume 1, 10.9.1). */
export type Membership = "full" | "limited";

export interface PartitionMember {
  /** Name of the machine, for people; OpenSM knows the GUID only. */
  readonly node: string;
  /** GUID of the HCA's port, such as 0x0002c90300710002. */
  readonly portGuid: string;
  readonly membership: Membership;
}

export interface Partition {
  /** Name in OpenSM's file: letters, digits, `-`, `_` and `.`, at most 31, a letter first. */
  readonly name: string;
  /** The P_Key's low 15 bits, 0x0001 to 0x7ffe; 0x7fff is the Default partition. */
  readonly pkey: number;
  /** Whether OpenSM makes the multicast group that IP over InfiniBand needs (RFC 4391). */
  readonly ipoib: boolean;
  readonly members: readonly PartitionMember[];
}

/** The partitions of one owner: the site, or a course. */
export interface Fragment {
  readonly owner: string;
  readonly partitions: readonly Partition[];
}

/** The OpenSM that is told. */
export interface FabricManager {
  /** OpenSM's partitions file (`-P`); fragments/ and a lock file stand beside it. */
  readonly partitionsFile: string;
  /** Process record (base/processes.ts) or plain pid file of OpenSM. */
  readonly pidFile: string;
  /** OpenSM's log (`-f`), looked through for PARSE ERROR. Default: not looked at. */
  readonly logFile?: string;
  /** How to run infiniband-diags where they reach the fabric. */
  readonly diagnostics: {
    /** Put before each command, such as `["ibsim-run"]` or `["ssh", "gateway"]`; empty: run here. */
    readonly command: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  };
}

/** P_Key that belongs to somebody else and must not be used, though no fragment holds it. */
export interface ReservedPkey {
  readonly owner: string;
  readonly pkey: number;
}

export interface ApplyPartitions extends FabricManager, Fragment {
  /** Default: none. */
  readonly reserved?: readonly ReservedPkey[];
  /** Port GUIDs that exist; members outside are faults. Default: those that the fabric reports. */
  readonly knownPorts?: ReadonlySet<string>;
  /** How long to wait until every port's table holds what was written. Default: 20 s. */
  readonly timeout?: Milliseconds;
}

/** What a port's P_Key table held when it was read. */
export interface PortTable {
  readonly portGuid: string;
  /** Table entries with the membership bit (0x8000), ascending, without empty ones. */
  readonly pkeys: readonly number[];
}

export { checkPartitions } from "./check";
export { renderPartitions } from "./render";
export { parsePartitions } from "./parse";
export { applyPartitions, readPartitions, removePartitions } from "./apply";
