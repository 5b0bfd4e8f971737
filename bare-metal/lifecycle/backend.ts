import type { JournalEntry, MachineRecord } from "../boot/record";

export type Power = "on" | "off";

/** Who a BMC says it is. */
export interface BmcIdentity {
  /** 32 lower-case hexadecimal digits. */
  readonly systemGuid: string;
  /** Firmware revision, such as `9.08`. */
  readonly firmware: string;
}

/** One machine's BMC, as far as a life needs it. */
export interface MachineBackend {
  /** Name of the machine. */
  readonly machine: string;
  /** Address and port of its BMC. */
  readonly bmc: string;
  identity(): Promise<BmcIdentity>;
  powerStatus(): Promise<Power>;
  /** `soft` asks the operating system to shut down; it may refuse. */
  power(action: "on" | "off" | "soft"): Promise<void>;
  /** For the next boot only. */
  setBootDevice(device: "pxe"): Promise<void>;
  /** Ends what is open. Never fails. */
  close(): Promise<void>;
}

/** What the boot service knows of one machine. Times are ISO 8601, by the boot service's clock. */
export type BootRecord = Pick<
  MachineRecord,
  | "state"
  | "hardware"
  | "error"
  | "image"
  | "root"
  | "expectedAt"
  | "bootedAt"
  | "readyAt"
  | "clockAhead"
  | "clockWas"
  | "strangers"
  | "failure"
  | "rejected"
  | "orders"
  | "history"
  | "inspected"
  | "recorded"
  | "own"
  | "installed"
>;

/** What a machine is to boot. */
export interface BootImage {
  /** Image set of the boot service. Default: the service's own. */
  readonly name?: string | undefined;
  /** SHA-256 of its root file system. Default: any. */
  readonly root?: string | undefined;
}

/** The boot service as far as the life of one machine needs it. It is where the truth about a life is kept. */
export interface MachineBootService {
  /** Undefined: neither registered nor discovered. */
  record(): Promise<BootRecord | undefined>;
  /** Idempotent. */
  register(image: BootImage): Promise<void>;
  /** A new boot: forgets the last report, state `booting`. */
  expectBoot(): Promise<void>;
  /** Resolves once it is on the disk. */
  journal(entry: JournalEntry): Promise<void>;
  /** Idempotent. */
  forget(): Promise<void>;
}

/** A node as the life of its machine sees it. */
export interface NodeView {
  /** Ready, and heard of since `since` where one was asked for. */
  readonly ready: boolean;
  /** Takes no new pods. */
  readonly cordoned: boolean;
  /** Cordoned by a life, not by a person. */
  readonly cordonedByUs: boolean;
  /** Why it is not ready, in the API server's words. */
  readonly message: string;
}

/** What is left to leave a node. */
export interface Drained {
  /** Pods that still run there, `namespace/name`: those of DaemonSets and static ones stay and do not count. */
  readonly left: readonly string[];
  /** Why some of them were not evicted just now, such as a PodDisruptionBudget. */
  readonly held: readonly string[];
}

/** The Kubernetes side of one machine's life. Every call is idempotent. */
export interface ClusterBackend {
  /** Undefined: there is no such node. @param since Milliseconds since the epoch: a heartbeat from before does not count. */
  node(since?: number): Promise<NodeView | undefined>;
  /** No new pods; remembers that it was us. Leaves alone what a person cordoned. */
  cordon(): Promise<void>;
  /** Takes back our own cordon only. */
  uncordon(): Promise<void>;
  /** Asks once, by the Eviction API, for every pod that is left: budgets hold. */
  evict(): Promise<Drained>;
  deleteNode(): Promise<void>;
  /** Gives a machine that was booted anew what its node joins with. False: nobody let it join before, so it is not awaited. */
  rejoin(): Promise<boolean>;
  /** Ends what is open. Never fails. */
  close(): void;
}

/** Where time comes from: milliseconds since the epoch that never run backwards, and a sleep that the signal ends by rejecting. */
export interface Clock {
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
