import type { Milliseconds } from "../../base/units";
import type { BootImage } from "./backend";

/** What a machine is to become. */
export type Goal = ReadyGoal | StopGoal;

/** On, booted by the boot service, and reported ready; its node Ready where it joins a cluster. */
export interface ReadyGoal extends Stopping {
  readonly become: "ready";
  /** From the start of a boot to its report. */
  readonly timeout: Milliseconds;
  /** A machine that runs another one is drained and booted anew. Default: whatever it runs. */
  readonly image?: BootImage | undefined;
  /** What it goes back to if `image` does not come up. Default: it fails then. */
  readonly previous?: BootImage | undefined;
  /** Name under /dev/disk/by-id of the disk that it is to run from. Default: wherever it runs. */
  readonly disk?: string | undefined;
  /** From its report to a Ready node. Default: no node is awaited. */
  readonly join?: Milliseconds | undefined;
}

/** `off`: switched off, still known to the boot service. `retired`: switched off and forgotten, its node deleted. */
export interface StopGoal extends Stopping {
  readonly become: "off" | "retired";
}

/** How a machine that runs is stopped. */
export interface Stopping {
  /** For its operating system to shut down; 0: switched off at once. */
  readonly grace: Milliseconds;
  /** For its pods to leave, as their budgets allow. Default 10 minutes. */
  readonly drain?: Milliseconds | undefined;
}

export const DRAIN_TIMEOUT: Milliseconds = 600_000;
