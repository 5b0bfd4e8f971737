import type { Milliseconds } from "../../base/units";
import { sameSystemGuid } from "../bmc/system-guid";
import type { MachineState } from "../boot/record";
import type { BmcIdentity, BootImage, BootRecord, Drained, NodeView, Power } from "./backend";
import { BREAKER, brokenCircuit } from "./breaker";
import { awaitReport, didNotComeUp, POWER_SETTLES, reported, wrongClock } from "./boot-wait";
import { DRAIN_TIMEOUT, type Goal } from "./goal";
import {
  bootUnderWay,
  cameUp,
  fallingBack,
  gaveUp,
  lastOn,
  lastOrder,
  runsOther,
  serves,
  targetImage,
} from "./record-facts";
import { CHECK_BMC_LOG, failed, failedForAPerson, go, type Result, seconds, wait } from "./result";

/** What one run has done so far. */
export interface Memory {
  readonly identity?: BmcIdentity | undefined;
  /** The boot service was told name, role, address and image. */
  readonly registered?: BootImage | undefined;
  /** When the boot that is waited for began. */
  readonly bootBegan?: number | undefined;
  /** When this run sent the power-on of that boot. */
  readonly poweredOn?: number | undefined;
  /** The machine was seen on during that boot. */
  readonly seenOn?: true | undefined;
  /** When the present state was entered. */
  readonly entered?: number | undefined;
  /** What the last eviction left, and when it was asked for. */
  readonly drained?: (Drained & { readonly at: number }) | undefined;
  /** When the operating system was asked to shut down. */
  readonly askedToShutDown?: number | undefined;
  /** When the power-off was sent. */
  readonly switchedOff?: number | undefined;
  readonly nodeDeleted?: true | undefined;
  /** Whether its node joins anew in this boot; false: it never joined. */
  readonly rejoins?: boolean | undefined;
}

/** All that a decision rests on. */
export interface Situation {
  readonly state: MachineState;
  readonly goal: Goal;
  /** Address and port of the BMC, for messages. */
  readonly bmc: string;
  /** System GUID that the BMC must have. Undefined: any. */
  readonly systemGuid: string | undefined;
  readonly power: Power;
  readonly record: BootRecord | undefined;
  /** Whether the machine belongs to a cluster that can be asked. */
  readonly cluster: boolean;
  /** Its node, where the state looks at it. */
  readonly node: NodeView | undefined;
  readonly memory: Memory;
  readonly now: number;
}

type Handler = (situation: Situation) => Result;

/** How often pods that were held back are asked to leave again. */
export const EVICT_EVERY: Milliseconds = 5_000;

/** One pure decision per state; what it rests on is observed anew before each. */
export const HANDLERS: Readonly<Record<MachineState, Handler>> = {
  unknown: (s) => (s.record?.state === "discovered" ? go("discovered") : go("inspecting", "identify")),

  discovered: () => go("inspecting", "identify"),

  inspecting(s) {
    const found = s.memory.identity?.systemGuid;
    if (s.systemGuid !== undefined && !sameSystemGuid(found ?? "", s.systemGuid)) {
      return {
        ...failed(
          `the BMC at ${s.bmc} answers system GUID ${found}, expected ${s.systemGuid}: it belongs to another server`,
          "check bmc.address and the cabling of the management network, or correct bmc.systemGuid if the board was changed",
        ),
        unrecorded: true,
      };
    }
    const { failure } = s.record ?? {};
    if (s.goal.become === "ready" && failure?.latched) return failedForAPerson(failure.problem, failure.fix);
    if (needsRegistration(s)) return go("inspecting", "register");
    if (s.goal.become !== "ready") return go(s.power === "on" ? "draining" : "off");
    if (serves(s)) {
      if (runsOther(s)) return gaveUp(s) ?? go("draining");
      return wrongClock(s) ?? go(s.cluster ? "joining" : "ready");
    }
    if (bootUnderWay(s)) return go(s.record.state);
    // An order to stop it is written down. Whether it was sent, and whether its pods had left, nobody knows.
    return go(s.cluster && cameUp(s) ? "draining" : "off");
  },

  off(s) {
    // A machine that runs what nobody asked for is switched off first. So a boot that is expected and a machine that
    // is on mean that its power-on was sent, and a run that was killed is resumed without a second one.
    if (s.power === "on") return switchOff(s);
    if (s.goal.become === "retired") {
      if (s.cluster && !s.memory.nodeDeleted) return go("off", "deleteNode");
      return go("retired", s.record && "forget");
    }
    if (needsRegistration(s)) return go("off", "register");
    if (s.goal.become === "off") return s.record?.state === "off" ? { kind: "done" } : go("off", "settle");
    return gaveUp(s) ?? mayBeSwitchedOn(s) ?? go("booting", "expectBoot");
  },

  booting(s) {
    if (s.power === "on" || s.memory.seenOn) return reported(s) ?? awaitReport(s);
    const sent = lastOn(s);
    if (sent === undefined) return mayBeSwitchedOn(s) ?? go("booting", "powerOn");
    // An earlier run may have been killed before it sent what it wrote down: only the BMC can tell, after a while.
    const until = Math.min(sent, s.now) + POWER_SETTLES;
    if (s.now < until) return wait("switched on, waiting for the BMC to show it", until, true);
    if (s.memory.poweredOn === undefined) return mayBeSwitchedOn(s) ?? go("booting", "powerOn");
    return reported(s) ?? awaitReport(s);
  },

  wiping: (s) => reported(s) ?? awaitReport(s),

  installing: (s) => reported(s) ?? awaitReport(s),

  joining(s) {
    if (s.record?.state !== "ready" && !serves(s)) return reported(s) ?? awaitReport(s);
    if (s.power === "off") return s.memory.seenOn ? awaitReport(s) : go("off");
    const join = s.goal.become === "ready" ? s.goal.join : undefined;
    const waits = s.cluster && join !== undefined && s.memory.rejoins !== false;
    if (!waits || s.node?.ready) return s.node?.cordonedByUs ? go("joining", "uncordon") : go("ready");
    if (s.memory.rejoins === undefined) return go("joining", "rejoin");
    const until = (s.memory.entered ?? s.now) + join;
    if (s.now < until) return wait("waiting for its node to be Ready", until, false);
    return didNotComeUp(
      s,
      `its node is not Ready ${seconds(join)} after the machine reported: ${s.node?.message ?? "there is no such node"}`,
      "look at kubelet's log on its console; check its join token and its network to the API server",
    );
  },

  ready(s) {
    if (s.goal.become !== "ready") return go("draining");
    if (s.power === "off") return go("off");
    const { rejected } = s.record ?? {};
    if (!fallingBack(s) || rejected === undefined) return { kind: "done" };
    return {
      ...failed(
        `the image ${rejected.root.slice(0, 12)} did not come up (${rejected.problem}); ` +
          `it runs ${(s.record?.root ?? "the one before").slice(0, 12)} again and is in service`,
        "publish an image that comes up, or reset the machine to try this one again: lectern machines reset",
      ),
      // It is in service, and its record says so.
      unrecorded: true,
    };
  },

  draining(s) {
    if (s.power === "off") return go("off");
    return leaves(s) ?? shutDown(s);
  },

  retired: () => ({ kind: "done" }),

  failed: (s) =>
    failed(s.record?.failure?.problem ?? "its life has failed before", s.record?.failure?.fix ?? ""),
};

/** The boot service must know the machine, and the image that it is to boot, before anything is done to it. */
function needsRegistration(s: Situation): boolean {
  const { registered } = s.memory;
  if (s.goal.become === "retired") return s.record === undefined && s.power === "on";
  return registered === undefined || (s.goal.become === "ready" && registered.name !== targetImage(s).name);
}

function mayBeSwitchedOn(s: Situation): Result | undefined {
  const broken = brokenCircuit(s.record, s.now);
  if (broken === undefined) return undefined;
  return failedForAPerson(
    broken,
    "look at its console and at its BMC's event log, mend what is wrong, then: lectern machines reset",
    `at most ${BREAKER.cycles} power-ons in ${BREAKER.within / 60_000} minutes`,
  );
}

/** What is still to be done before the machine may go down; undefined if nothing runs there any more. */
function leaves(s: Situation): Result | undefined {
  if (!s.cluster || s.node === undefined || s.memory.askedToShutDown !== undefined) return undefined;
  if (!s.node.cordoned) return go("draining", "cordon");
  const { drained } = s.memory;
  if (drained === undefined) return go("draining", "evict");
  if (drained.left.length === 0) return undefined;
  const timeout = s.goal.drain ?? DRAIN_TIMEOUT;
  const deadline = (s.memory.entered ?? s.now) + timeout;
  if (s.now >= deadline) {
    const reasons = drained.held.length > 0 ? `; ${drained.held.join("; ")}` : "";
    return failed(
      `${drained.left.length} pods are still on it ${seconds(timeout)} after they were asked to leave ` +
        `(${drained.left.slice(0, 5).join(", ")}${drained.left.length > 5 ? ", …" : ""})${reasons}`,
      "give their budget room (more replicas, or maxUnavailable), or end those pods, and run again; it stays cordoned until then",
    );
  }
  const again = drained.at + EVICT_EVERY;
  if (s.now >= again) return go("draining", "evict");
  return wait(`draining, ${drained.left.length} pods left`, Math.min(again, deadline), false);
}

function shutDown(s: Situation): Result {
  const { grace } = s.goal;
  if (s.memory.switchedOff !== undefined || lastOrder(s, "off", POWER_SETTLES) !== undefined)
    return switchOff(s);
  const asked = s.memory.askedToShutDown ?? lastOrder(s, "soft", grace + POWER_SETTLES);
  if (asked === undefined && grace > 0) return go("draining", "askToShutDown");
  const until = (asked ?? 0) + grace;
  return s.now < until ? wait("shutting down", until, true) : switchOff(s);
}

function switchOff(s: Situation): Result {
  const { switchedOff } = s.memory;
  const sent = switchedOff ?? lastOrder(s, "off", POWER_SETTLES);
  const until = (sent ?? 0) + POWER_SETTLES;
  if (sent !== undefined && s.now < until) return wait("switching off", until, true);
  // An earlier run may have been killed before it sent what it wrote down.
  if (switchedOff === undefined) return go(s.state, "switchOff");
  return failed(`it is still on ${seconds(POWER_SETTLES)} after it was switched off`, CHECK_BMC_LOG);
}
