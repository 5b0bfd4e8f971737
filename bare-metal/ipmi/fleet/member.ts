import { Ipmi } from "../client";
import { IpmiAbortedError, IpmiTimeoutError, IpmiUnreachableError } from "../errors";
import { RoundTrip } from "../transport/round-trip";
import type { SharedUdp } from "../transport/shared-udp";
import type { Clock } from "../transport/transport";
import { Breaker, type BreakerPolicy } from "./breaker";
import type { IpmiOptions } from "../options";
import type { Milliseconds } from "../../../base/units";
import type { FleetResult, FleetTarget } from "./options";

/** What the members of a fleet share. */
export interface Common {
  readonly udp: SharedUdp;
  /** Of every client, where its target does not say otherwise. */
  readonly options: IpmiOptions & { readonly timeout: Milliseconds };
  /** Of all BMCs together. */
  readonly roundTrip: RoundTrip;
  readonly clock: Clock;
  readonly breaker: BreakerPolicy;
  readonly keepSessions: boolean;
}

/** What is wanted of one BMC. */
export interface Job<T, Target extends FleetTarget> {
  readonly target: Target;
  readonly work: (ipmi: Ipmi, target: Target) => Promise<T>;
  /** Aborted: the job fails at its turn. One that is under way is ended by {@link Member.abort}. */
  readonly signal: AbortSignal;
  /** Called when the BMC does not answer at once. */
  readonly onQuiet: () => void;
  /** Gets the result, once, before the session is closed. */
  readonly emit: (result: FleetResult<T, Target>) => void;
}

/** A client, and whom it was made for. */
interface Client {
  readonly target: FleetTarget;
  readonly ipmi: Ipmi;
  /** Ends what is under way; where sessions are not kept, the signal of the client's one job does. */
  readonly stop: AbortController | undefined;
}

/** One BMC as the fleet remembers it from round to round. */
export class Member {
  private readonly roundTrip: RoundTrip;
  private readonly breaker: Breaker;
  /** Ends when all jobs before have ended: a BMC has one session at most. */
  private turn: Promise<void> = Promise.resolve();
  private client: Client | undefined;
  /** Of the job under way. */
  private signal: AbortSignal | undefined;
  private onQuiet: () => void = () => undefined;

  constructor(
    private readonly label: string,
    private readonly common: Common,
  ) {
    this.roundTrip = new RoundTrip(common.options.timeout, undefined, common.roundTrip);
    this.breaker = new Breaker(common.breaker, () => common.clock.now());
  }

  /** Does the job when its turn comes. Never fails. */
  run<T, Target extends FleetTarget>(job: Job<T, Target>): Promise<void> {
    this.turn = this.turn.then(() => this.perform(job));
    return this.turn;
  }

  /** Ends the job of that signal if it is under way; its session is still closed. */
  abort(signal: AbortSignal): void {
    if (signal === this.signal) this.client?.stop?.abort();
  }

  /** Closes the session, if one is kept, after all jobs. */
  close(): Promise<void> {
    this.turn = this.turn.then(() => this.drop());
    return this.turn;
  }

  private async perform<T, Target extends FleetTarget>(job: Job<T, Target>): Promise<void> {
    const { target, work, signal, emit } = job;
    const { clock, keepSessions } = this.common;
    const start = clock.now();
    const took = () => clock.now() - start;
    this.signal = signal;
    this.onQuiet = job.onQuiet;
    try {
      this.admit(signal);
      const value = await work(await this.clientFor(target, signal), target);
      this.breaker.answered();
      emit({ target, took: took(), ok: true, value });
    } catch (error) {
      if (error instanceof IpmiUnreachableError || error instanceof IpmiTimeoutError) this.breaker.silent();
      emit({ target, took: took(), ok: false, error });
    }
    if (!keepSessions || signal.aborted) await this.drop();
  }

  /** @throws {IpmiError} if the BMC is not to be asked now */
  private admit(signal: AbortSignal): void {
    if (signal.aborted) throw new IpmiAbortedError(this.label, "fleet");
    const { rest } = this.breaker;
    if (rest === 0) return;
    const seconds = Math.ceil(rest / 1000);
    throw new IpmiUnreachableError(
      this.label,
      "fleet",
      `left alone for ${seconds} s more, since it did not answer ${this.breaker.policy.failures} times`,
      "address and port of the BMC, its cable and VLAN, and that IPMI over LAN is enabled",
    );
  }

  private async clientFor(target: FleetTarget, signal: AbortSignal): Promise<Ipmi> {
    if (this.client?.target === target) return this.client.ipmi;
    await this.drop();
    const { udp, options, keepSessions } = this.common;
    const stop = keepSessions ? new AbortController() : undefined;
    const ipmi = new Ipmi(target.host, target.user, target.password, {
      ...options,
      ...target,
      signal: stop?.signal ?? signal,
      transport: (name, port) => udp.open(name, port, this.roundTrip, () => this.onQuiet()),
    });
    this.client = { target, ipmi, stop };
    return ipmi;
  }

  private async drop(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    await client?.ipmi.close();
  }
}
