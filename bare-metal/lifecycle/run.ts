import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { JournalEntry, MachineState } from "../boot/record";
import type {
  BmcIdentity,
  BootRecord,
  Clock,
  ClusterBackend,
  MachineBackend,
  MachineBootService,
  NodeView,
  Power,
} from "./backend";
import { POWER_SETTLES } from "./boot-wait";
import { HANDLERS, type Memory, type Situation } from "./decide";
import type { Goal } from "./goal";
import { bootBegan, isUnderWay, serves, targetImage } from "./record-facts";
import type { Action, Failed, Result } from "./result";
import type { TurnKind } from "./turns";

/** The real clock. What happens to the computer's clock during a run does not move it. */
export const systemClock: Clock = {
  now: () => Math.round(performance.timeOrigin + performance.now()),
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
  /** The cluster that it belongs to. Default: none, so that nothing is drained and no node awaited. */
  readonly cluster?: ClusterBackend | undefined;
  /** System GUID that the BMC must answer. Default: any. */
  readonly systemGuid?: string | undefined;
  readonly signal: AbortSignal;
  /** Default: the real clock. */
  readonly clock?: Clock;
  /**
   * Asked once, before a machine that is to be ready is touched; resolves when its turn has come. `resumed` must not
   * wait. Default: always its turn.
   */
  readonly takeTurn?: ((kind: TurnKind) => Promise<void>) | undefined;
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

/** How often the boot service is asked during a wait. */
const LOOK_EVERY = 250;
/** How often the BMC is asked during a wait for something else: BMCs are slow and few sessions share them. */
const ASK_BMC_EVERY = 5_000;
/** How often the API server is asked for the node. */
const ASK_CLUSTER_EVERY = 1_000;
/** What changes a machine. */
const TOUCHES: ReadonlySet<Action> = new Set([
  "expectBoot",
  "powerOn",
  "askToShutDown",
  "switchOff",
  "cordon",
]);
/** States that look at the node. */
const LOOKS_AT_NODE: ReadonlySet<MachineState> = new Set(["joining", "draining"]);

/**
 * Brings one machine to its goal, however far an earlier run came.
 * @throws {LifecycleError} naming the machine, what is wrong and what to check
 */
export async function runLifecycle(goal: Goal, options: LifecycleOptions): Promise<LifecycleOutcome> {
  const { backend, signal } = options;
  const run = new Run(goal, options);
  try {
    for (;;) {
      signal.throwIfAborted();
      const outcome = await run.step();
      if (outcome) return outcome;
    }
  } catch (error) {
    const cause: unknown = signal.aborted ? signal.reason : error;
    const problem = signal.aborted ? `stopped while ${run.state}: ${messageOf(cause)}` : messageOf(cause);
    const message = `${backend.machine}: ${problem}`;
    throw new LifecycleError(message, run.state, run.powerActions, run.memory.identity, { cause });
  }
}

/** One run: observes, asks the handler of the state, writes down what it says, does it, and so on. */
class Run {
  state: MachineState = "unknown";
  memory: Memory = {};
  powerActions = 0;
  private readonly clock: Clock;
  private readonly chassis = { power: "off" as Power, seenAt: -Infinity };
  private record: BootRecord | undefined;
  private node: NodeView | undefined;
  private nodeSeenAt = -Infinity;
  private waiting: { readonly since: number; readonly power: boolean } | undefined;
  /** Until then, a lost answer is no reason to give up. */
  private patientUntil = 0;
  private hasTurn = false;

  constructor(
    private readonly goal: Goal,
    private readonly options: LifecycleOptions,
  ) {
    this.clock = options.clock ?? systemClock;
  }

  async step(): Promise<LifecycleOutcome | undefined> {
    const { clock, options } = this;
    try {
      await this.observe();
    } catch (error) {
      if (options.signal.aborted || clock.now() >= this.patientUntil) throw error;
      await clock.sleep(LOOK_EVERY, options.signal);
      return undefined;
    }
    const situation = this.situation();
    const { now } = situation;
    const result = HANDLERS[this.state](situation);
    switch (result.kind) {
      case "done":
        return {
          state: this.state,
          power: this.chassis.power,
          identity: this.memory.identity as BmcIdentity,
          record: this.record,
          powerActions: this.powerActions,
        };
      case "failed":
        return this.fail(result);
      case "wait":
        this.waiting = { since: this.waiting?.since ?? now, power: result.power };
        this.patientUntil = result.until;
        options.onWait?.(result.what, now - this.waiting.since);
        await clock.sleep(Math.min(LOOK_EVERY, Math.max(1, result.until - now)), options.signal);
        return undefined;
      case "continue":
        if (await this.waitedForTurn(result, situation)) return undefined;
        this.waiting = undefined;
        // Written down first: whoever looks, or goes on after a kill, sees what was about to be done.
        if (result.to === "draining" && this.state !== "draining") await this.journal({ state: "draining" });
        if (result.action) {
          const done = await this.perform(result.action, result.problem ?? "");
          this.memory = { ...this.memory, ...done };
          // BMCs fall silent for a moment when the power changes.
          this.patientUntil = clock.now() + POWER_SETTLES;
        }
        if (result.to !== this.state) this.enter(result.to);
        return undefined;
    }
  }

  /** Waits for the machine's turn before it is touched. @returns whether it did, so that all must be looked at anew */
  private async waitedForTurn(
    { to, action }: Extract<Result, { kind: "continue" }>,
    situation: Situation,
  ): Promise<boolean> {
    const { takeTurn } = this.options;
    if (!takeTurn || this.hasTurn || this.goal.become !== "ready") return false;
    const resumes = this.state === "inspecting" && isUnderWay(to) && isUnderWay(this.record?.state);
    const touches = to === "draining" || (action !== undefined && TOUCHES.has(action));
    if (!resumes && !touches) return false;
    await takeTurn(resumes ? "resumed" : serves(situation) ? "change" : "boot");
    this.hasTurn = true;
    return true;
  }

  private enter(to: MachineState): void {
    const at = this.clock.now();
    this.options.onTransition?.({ from: this.state, to, at });
    this.state = to;
    this.nodeSeenAt = -Infinity;
    this.memory = { ...this.memory, drained: undefined, entered: at };
  }

  private situation(): Situation {
    const { goal, options, state, record, node, memory } = this;
    return {
      state,
      goal,
      bmc: options.backend.bmc,
      systemGuid: options.systemGuid,
      power: this.chassis.power,
      record,
      cluster: options.cluster !== undefined,
      node,
      memory,
      now: this.clock.now(),
    };
  }

  /** Asks the boot service, and the BMC too unless it was asked lately and nothing else has changed. */
  private async observe(): Promise<void> {
    const { backend, bootService } = this.options;
    const found = await bootService.record();
    const lately = this.clock.now() < this.chassis.seenAt + ASK_BMC_EVERY;
    const changed = found?.state !== this.record?.state;
    if (!this.waiting || this.waiting.power || !lately || changed) {
      this.chassis.power = await backend.powerStatus();
      this.chassis.seenAt = this.clock.now();
      if (this.chassis.power === "on" && isUnderWay(this.state))
        this.memory = { ...this.memory, seenOn: true };
    }
    this.record = found;
    await this.observeNode();
  }

  private async observeNode(): Promise<void> {
    const { cluster } = this.options;
    const lately = this.clock.now() < this.nodeSeenAt + ASK_CLUSTER_EVERY;
    if (!cluster || !LOOKS_AT_NODE.has(this.state) || lately) return;
    const since = this.state === "joining" ? bootBegan(this.situation()) : undefined;
    this.node = await cluster.node(since);
    this.nodeSeenAt = this.clock.now();
  }

  /** Ends the run. What is wrong with the machine is written down, so that it is known without a run. */
  private async fail({ problem, fix, latched, unrecorded }: Failed): Promise<never> {
    const text = fix === "" ? problem : `${problem}; ${fix}`;
    const known = this.record?.failure;
    if (unrecorded || this.record === undefined || (known?.latched && latched)) throw new Error(text);
    const during = this.state;
    const failure = { during, problem: problem.slice(0, 4000), fix, ...(latched && { latched }) };
    try {
      await this.journal({ state: "failed", failure });
    } catch (error) {
      throw new Error(`${text} (the boot service did not take it down: ${messageOf(error)})`, {
        cause: error,
      });
    }
    throw new Error(text);
  }

  private async journal(entry: JournalEntry): Promise<void> {
    await this.options.bootService.journal(entry);
  }

  private async sendPower(power: "on" | "soft" | "off"): Promise<void> {
    await this.journal({ power });
    this.options.onPower?.(power);
    this.powerActions += 1;
    await this.options.backend.power(power);
  }

  private async perform(action: Action, problem: string): Promise<Partial<Memory>> {
    const { backend, bootService, cluster } = this.options;
    const { clock } = this;
    switch (action) {
      case "identify":
        return { identity: await backend.identity() };
      case "register": {
        const image = targetImage(this.situation());
        await bootService.register(image);
        return { registered: image };
      }
      case "expectBoot": {
        await bootService.expectBoot();
        // Nothing that this run knows of an earlier boot holds for this one.
        const forgotten = {
          poweredOn: undefined,
          seenOn: undefined,
          switchedOff: undefined,
          rejoins: undefined,
        };
        return { ...forgotten, askedToShutDown: undefined, bootBegan: clock.now() };
      }
      case "powerOn":
        await backend.setBootDevice("pxe");
        await this.sendPower("on");
        return { poweredOn: clock.now() };
      case "reject":
        await this.journal({
          state: "failed",
          failure: { during: this.state, problem, fix: "it goes back to the image before" },
          rejected: { root: this.wantedRoot(), problem },
        });
        return {};
      case "acceptOld":
        await this.journal({ rejected: { root: this.wantedRoot(), problem } });
        return {};
      case "cordon":
        await cluster?.cordon();
        this.nodeSeenAt = -Infinity;
        return {};
      case "evict": {
        const drained = await cluster?.evict();
        return drained ? { drained: { ...drained, at: clock.now() } } : {};
      }
      case "uncordon":
        await cluster?.uncordon();
        this.nodeSeenAt = -Infinity;
        return {};
      case "askToShutDown":
        await this.sendPower("soft");
        return { askedToShutDown: clock.now() };
      case "switchOff":
        await this.sendPower("off");
        return { switchedOff: clock.now() };
      case "settle":
        await this.journal({ state: "off" });
        return {};
      case "rejoin": {
        const rejoins = (await cluster?.rejoin()) ?? false;
        this.nodeSeenAt = -Infinity;
        return { rejoins };
      }
      case "deleteNode":
        await cluster?.deleteNode();
        return { nodeDeleted: true };
      case "forget":
        await bootService.forget();
        return {};
    }
  }

  private wantedRoot(): string {
    return (this.goal.become === "ready" && this.goal.image?.root) || "";
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
