import type { Milliseconds } from "../../base/units";
import type { MachineState } from "../boot/record";

/** What may be done to a machine in one step. */
export type Action =
  | "identify"
  | "register"
  | "expectBoot"
  | "powerOn"
  | "reject"
  | "acceptOld"
  | "cordon"
  | "evict"
  | "uncordon"
  | "askToShutDown"
  | "switchOff"
  | "settle"
  | "deleteNode"
  | "rejoin"
  | "forget";

/** What a handler answers. */
export type Result =
  /** Do the action, if any, and be in that state. */
  | {
      readonly kind: "continue";
      readonly to: MachineState;
      readonly action?: Action;
      /** With `reject` and `acceptOld`: why. */
      readonly problem?: string;
    }
  /** Look again. `power` tells whether the BMC is what is waited for. */
  | { readonly kind: "wait"; readonly until: number; readonly what: string; readonly power: boolean }
  | { readonly kind: "done" }
  | Failed;

export interface Failed {
  readonly kind: "failed";
  readonly problem: string;
  readonly fix: string;
  /** Only a person ends it. */
  readonly latched?: true;
  /** It is not the machine that failed, so its record stays as it is. */
  readonly unrecorded?: true;
}

/** Where to look when power does not do as it is told. */
export const CHECK_BMC_LOG = "look at the machine and its BMC's event log";

export function go(to: MachineState, action?: Action): Result {
  return { kind: "continue", to, ...(action && { action }) };
}

export function wait(what: string, until: number, power: boolean): Result {
  return { kind: "wait", until, what, power };
}

export function failed(problem: string, fix: string): Failed {
  return { kind: "failed", problem, fix };
}

/** @param rule Added to the problem. */
export function failedForAPerson(problem: string, fix: string, rule?: string): Failed {
  const text = rule === undefined || problem.includes(rule) ? problem : `${problem} (${rule})`;
  return { ...failed(text, fix), latched: true };
}

export function seconds(ms: Milliseconds): string {
  return `${Math.round(ms / 1000)} s`;
}
