import { setTimeout as sleep } from "node:timers/promises";
import type { BmcIdentity, BootRecord, Clock, MachineBackend, MachineBootService, Power } from "./backend";
import { type Action, type Goal, HANDLERS, type Memory, POWER_SETTLES, type Result } from "./decide";
import type { MachineState } from "../boot/record";

/** The real clock. */
export const systemClock: Clock = {
  now: Date.now,
  sleep: async (ms, signal) => {
    await sleep(ms, undefined, { signal });
  },
};

export interface Transition {
  readonly from: MachineState;
  readonly to: MachineState;
  readonly at: number;
}

export interface LifecycleOptions {
  readonly backend: MachineBackend;
  readonly bootService: MachineBootService;
  /** System GUID that the BMC must answer. Default: any. */
  readonly systemGuid?: string | undefined;
  readonly signal: AbortSignal;
  /** Default: the real clock. */
  readonly clock?: Clock;
  readonly onTransition?: (transition: Transition) => void;
  /** Told while it waits: what for, and for how long already. */
  readonly onWait?: (what: string, sinceMs: number) => void;
  /** Told before each power command is sent. */
  readonly onPower?: (action: "on" | "soft" | "off") => void;
}

/** How a run ended well. */
export interface LifecycleOutcome {
  readonly state: MachineState;
  readonly power: Power;
  readonly identity: BmcIdentity;
  /** Undefined once the boot service forgot it. */
  readonly record: BootRecord | undefined;
  /** Power commands that this run sent. */
  readonly powerActions: number;
}

/** A run that did not reach its goal. */
export class LifecycleError extends Error {
  /**
   * @param state Where the machine stood.
   * @param powerActions Power commands that were sent, the last one perhaps without an answer.
   * @param identity Undefined if the BMC was never identified.
   */
  constructor(
    message: string,
    readonly state: MachineState,
    readonly powerActions: number,
    readonly identity: BmcIdentity | undefined,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "LifecycleError";
  }
}

const BOOT_STATES: ReadonlySet<MachineState> = new Set(["booting", "installing"]);
/** How often the boot service is asked during a wait. */
const LOOK_EVERY = 250;
/** How often the BMC is asked during a wait for something else: BMCs are slow and few sessions share them. */
const ASK_BMC_EVERY = 5_000;

/**
 * Brings one machine to its goal, however far an earlier run came.
 * @throws {LifecycleError} naming the machine, what is wrong and what to check
 */
export async function runLifecycle(goal: Goal, options: LifecycleOptions): Promise<LifecycleOutcome> {
  const { backend, bootService, signal, clock = systemClock } = options;
  let state: MachineState = "unknown";
  let memory: Memory = {};
  let powerActions = 0;

  const sendPower = async (action: "on" | "soft" | "off"): Promise<void> => {
    options.onPower?.(action);
    powerActions += 1;
    await backend.power(action);
  };
  const perform: Readonly<Record<Action, () => Promise<Partial<Memory>>>> = {
    identify: async () => ({ identity: await backend.identity() }),
    register: async () => (await bootService.register(), { registered: true }),
    expectBoot: async () => (await bootService.expectBoot(), { bootBegan: clock.now() }),
    powerOn: async () => {
      await backend.setBootDevice("pxe");
      await sendPower("on");
      return { poweredOn: clock.now() };
    },
    askToShutDown: async () => (await sendPower("soft"), { askedToShutDown: clock.now() }),
    switchOff: async () => (await sendPower("off"), { switchedOff: clock.now() }),
    forget: async () => (await bootService.forget(), {}),
  };

  const chassis = { power: "off" as Power, seenAt: -Infinity };
  let record: BootRecord | undefined;
  let wait: { readonly since: number; readonly power: boolean } | undefined;
  /** Until then, a lost answer is no reason to give up. */
  let patientUntil = 0;

  /** Asks the boot service, and the BMC too unless it was asked lately and nothing else has changed. */
  const observe = async (): Promise<void> => {
    const found = await bootService.record();
    const lately = clock.now() < chassis.seenAt + ASK_BMC_EVERY;
    if (wait && !wait.power && lately && found?.state === record?.state) return;
    chassis.power = await backend.powerStatus();
    chassis.seenAt = clock.now();
    record = found;
    if (chassis.power === "on" && BOOT_STATES.has(state)) memory = { ...memory, seenOn: true };
  };

  const step = async (): Promise<LifecycleOutcome | undefined> => {
    try {
      await observe();
    } catch (error) {
      if (signal.aborted || clock.now() >= patientUntil) throw error;
      await clock.sleep(LOOK_EVERY, signal);
      return undefined;
    }
    const now = clock.now();
    const { systemGuid } = options;
    const result: Result = HANDLERS[state]({
      goal,
      bmc: backend.bmc,
      systemGuid,
      power: chassis.power,
      record,
      memory,
      now,
    });
    switch (result.kind) {
      case "done":
        return {
          state,
          power: chassis.power,
          identity: memory.identity as BmcIdentity,
          record,
          powerActions,
        };
      case "failed":
        throw new Error(result.problem);
      case "wait":
        wait = { since: wait?.since ?? now, power: result.power };
        patientUntil = result.until;
        options.onWait?.(result.what, now - wait.since);
        await clock.sleep(Math.min(LOOK_EVERY, Math.max(1, result.until - now)), signal);
        return undefined;
      case "continue":
        wait = undefined;
        if (result.action) {
          memory = { ...memory, ...(await perform[result.action]()) };
          // BMCs fall silent for a moment when the power changes.
          patientUntil = clock.now() + POWER_SETTLES;
        }
        if (result.to !== state) options.onTransition?.({ from: state, to: result.to, at: clock.now() });
        state = result.to;
        return undefined;
    }
  };

  try {
    for (;;) {
      signal.throwIfAborted();
      const outcome = await step();
      if (outcome) return outcome;
    }
  } catch (error) {
    const cause: unknown = signal.aborted ? signal.reason : error;
    const problem = signal.aborted ? `stopped while ${state}: ${messageOf(cause)}` : messageOf(cause);
    const message = `${backend.machine}: ${problem}`;
    throw new LifecycleError(message, state, powerActions, memory.identity, { cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
