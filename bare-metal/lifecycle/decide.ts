import type { Milliseconds } from "../../base/units";
import { sameSystemGuid } from "../bmc/system-guid";
import type { BmcIdentity, BootRecord, Power } from "./backend";
import type { MachineState } from "../boot/record";

/** What a machine is to become. */
export type Goal =
  /** On, booted by the boot service, and reported ready. */
  | { readonly become: "ready"; readonly timeout: Milliseconds }
  /** Switched off, still known to the boot service. `grace` is for its operating system to shut down. */
  | { readonly become: "off"; readonly grace: Milliseconds }
  /** Switched off and forgotten. */
  | { readonly become: "retired"; readonly grace: Milliseconds };

/** What one run has done so far. */
export interface Memory {
  readonly identity?: BmcIdentity;
  /** The boot service was told name, role and address. */
  readonly registered?: true;
  /** When the boot that is waited for began. */
  readonly bootBegan?: number;
  /** When this run sent the power-on of that boot. */
  readonly poweredOn?: number;
  /** The machine was seen on during that boot. */
  readonly seenOn?: true;
  /** When the operating system was asked to shut down. */
  readonly askedToShutDown?: number;
  /** When the power-off was sent. */
  readonly switchedOff?: number;
}

/** All that a decision rests on. */
export interface Situation {
  readonly goal: Goal;
  /** Address and port of the BMC, for messages. */
  readonly bmc: string;
  /** System GUID that the BMC must have. Undefined: any. */
  readonly systemGuid: string | undefined;
  readonly power: Power;
  readonly record: BootRecord | undefined;
  readonly memory: Memory;
  readonly now: number;
}

/** What may be done to a machine in one step. */
export type Action =
  "identify" | "register" | "expectBoot" | "powerOn" | "askToShutDown" | "switchOff" | "forget";

/** What a handler answers. */
export type Result =
  /** Do the action, if any, and be in that state. */
  | { readonly kind: "continue"; readonly to: MachineState; readonly action?: Action }
  /** Look again. `power` tells whether the BMC is what is waited for. */
  | { readonly kind: "wait"; readonly until: number; readonly what: string; readonly power: boolean }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly problem: string };

const done: Result = { kind: "done" };
const go = (to: MachineState, action?: Action): Result => ({
  kind: "continue",
  to,
  ...(action && { action }),
});
const failed = (problem: string): Result => ({ kind: "failed", problem });

/** How long a BMC may take to show a power command in its status. */
export const POWER_SETTLES: Milliseconds = 30_000;

type Handler = (situation: Situation) => Result;

/** One pure decision per state; what it rests on is observed anew before each. */
export const HANDLERS: Readonly<Record<MachineState, Handler>> = {
  unknown: () => go("inspecting", "identify"),

  inspecting(s) {
    const found = s.memory.identity?.systemGuid;
    if (s.systemGuid !== undefined && !sameSystemGuid(found ?? "", s.systemGuid)) {
      return failed(
        `the BMC at ${s.bmc} answers system GUID ${found}, expected ${s.systemGuid}: it belongs to another server. ` +
          "Check bmc.address and the cabling of the management network, or correct bmc.systemGuid if the board was changed",
      );
    }
    if (s.goal.become !== "retired" && !s.memory.registered) return go("inspecting", "register");
    if (s.goal.become !== "ready") return go(s.power === "on" ? "draining" : "off");
    if (s.record?.state === "ready" && s.power === "on") return go("ready");
    if (isUnderWay(s)) return go(s.record.state);
    return go("off");
  },

  off(s) {
    // A machine that runs what nobody asked for is switched off first. So a boot that is expected and a machine that
    // is on mean that its power-on was sent, and a run that was killed is resumed without a second one.
    if (s.power === "on") return switchOff(s);
    if (s.goal.become === "ready")
      return s.record === undefined ? go("off", "register") : go("booting", "expectBoot");
    if (s.goal.become === "retired") return go("retired", s.record && "forget");
    if (s.record === undefined) return go("off", "register");
    return s.record.state === "off" ? done : go("off", "forget");
  },

  booting(s) {
    if (s.power === "off" && s.memory.poweredOn === undefined) return go("booting", "powerOn");
    return reported(s) ?? awaitReport(s, "powered on, waiting for it to report");
  },

  installing: (s) => reported(s) ?? awaitReport(s, "installing"),

  ready(s) {
    if (s.goal.become !== "ready") return go("draining");
    return s.power === "on" ? done : go("off");
  },

  draining(s) {
    if (s.power === "off") return go("off");
    const grace = s.goal.become === "ready" ? 0 : s.goal.grace;
    const { askedToShutDown } = s.memory;
    if (askedToShutDown === undefined && grace > 0) return go("draining", "askToShutDown");
    const until = (askedToShutDown ?? 0) + grace;
    return s.now < until ? { kind: "wait", until, what: "shutting down", power: true } : switchOff(s);
  },

  retired: () => done,

  failed: () => failed("its life has failed before"),
};

function switchOff(s: Situation): Result {
  const { switchedOff } = s.memory;
  if (switchedOff === undefined) return go(s.goal.become === "ready" ? "off" : "draining", "switchOff");
  const until = switchedOff + POWER_SETTLES;
  if (s.now < until) return { kind: "wait", until, what: "switching off", power: true };
  return failed(
    `it is still on ${POWER_SETTLES / 1000} s after it was switched off: look at the machine and its BMC's event log`,
  );
}

/** Whether a boot that somebody began may still end well. */
function isUnderWay(
  s: Situation,
): s is Situation & { record: BootRecord & { state: "booting" | "installing" } } {
  const { record, goal } = s;
  if (record === undefined || goal.become !== "ready") return false;
  if (record.state !== "booting" && record.state !== "installing") return false;
  if (record.state === "installing" && s.power === "off") return false;
  return s.now < bootBegan(s) + goal.timeout;
}

/** When the boot began: as this run remembers, else as the boot service wrote it down. */
function bootBegan(s: Situation): number {
  const written = s.record?.history.findLast((entry) => entry.state === "booting")?.at;
  return s.memory.bootBegan ?? (written === undefined ? s.now : Date.parse(written));
}

/** What the machine's report leads to; undefined while there is none. */
function reported(s: Situation): Result | undefined {
  switch (s.record?.state) {
    case "ready":
      return go("ready");
    case "failed":
      return failed(`it reports: ${s.record.error ?? "failed, without a reason"}`);
    case undefined:
      return failed("the boot service forgot it during its boot: was the service's state removed?");
    default:
      return undefined;
  }
}

function awaitReport(s: Situation, what: string): Result {
  const timeout = s.goal.become === "ready" ? s.goal.timeout : 0;
  const { seenOn, poweredOn } = s.memory;
  if (s.power === "off" && seenOn)
    return failed("it lost power during its boot: look at the BMC's event log");
  if (s.power === "off" && poweredOn !== undefined && s.now >= poweredOn + POWER_SETTLES) {
    return failed(
      `it is still off ${POWER_SETTLES / 1000} s after it was switched on: look at the machine and its BMC's event log`,
    );
  }
  const until = bootBegan(s) + timeout;
  if (s.now >= until) {
    return failed(
      `not ready ${Math.round(timeout / 1000)} s after its boot began (last state: ${s.record?.state}): ` +
        "look at its console; check that it boots from the network and reaches the boot service",
    );
  }
  const state = s.record?.state;
  if (state === "installing" && what !== "installing") return go("installing");
  return { kind: "wait", until, what, power: false };
}
