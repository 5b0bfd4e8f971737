import type { Milliseconds } from "../../../base/units";
import { PayloadType } from "../codec/session-header";
import {
  IpmiArgumentError,
  type IpmiConsoleLostError,
  IpmiError,
  IpmiOccupiedError,
  isCompletion,
} from "../errors";
import {
  activatePayload,
  type ActivatedPayload,
  ALREADY_ACTIVE,
  deactivatePayload,
  getPayloadStatus,
  type PayloadStatus,
} from "../messages/payload-activation";
import type { CommandRunner } from "../messages/runner";
import type { PayloadCarrier } from "../session/payload-channel";
import { readSol, SOL_BIT_RATES, type SolChange, type SolConfiguration, writeSol } from "./configuration";
import { type LossQuestion, rememberHolder } from "./holder";
import type { SolRetry } from "./sender";
import { SolStream } from "./stream";

/** How a console is opened. */
export interface SolOptions {
  /** Ends the console of another session first. Default: no. */
  readonly steal?: boolean;
  /** When to send again. Default: after 250 ms, 12 times. */
  readonly retry?: SolRetry;
  /** How often the BMC is asked whether the console is still this session's. Default: every 5 s. */
  readonly watch?: Milliseconds;
}

const INSTANCE = 1;
const THIS_CHANNEL = 0x0e;
const RETRY: SolRetry = { interval: 250, retries: 12 };
const WATCH: Milliseconds = 5_000;

/** Serial over LAN of a BMC. */
export class Sol {
  constructor(private readonly bmc: CommandRunner & PayloadCarrier) {}

  status(): Promise<PayloadStatus> {
    return this.bmc.run(getPayloadStatus(PayloadType.sol));
  }

  /** @param channel 1 to 11. Default: the one that is asked over */
  configuration(channel = THIS_CHANNEL): Promise<SolConfiguration> {
    return readSol(this.bmc, channel);
  }

  /** Sets what is given, and reads it back. Needs administrator. @throws {IpmiReadBackError} {IpmiArgumentError} */
  async configure(change: SolChange, channel = THIS_CHANNEL): Promise<SolConfiguration> {
    const within = (value: number | undefined, high: number) =>
      value === undefined || (Number.isInteger(value) && value >= 0 && value <= high);
    const known = change.bitRate === undefined || SOL_BIT_RATES.includes(change.bitRate);
    const fits =
      within(change.accumulateMs, 1275) &&
      within(change.threshold, 255) &&
      within(change.retries, 7) &&
      within(change.retryIntervalMs, 2550);
    if (known && fits) return writeSol(this.bmc, channel, change);
    throw new IpmiArgumentError(
      this.bmc.label,
      "Set SOL Configuration Parameters",
      "a value out of its range",
      `bit rate ${SOL_BIT_RATES.join(", ")}; accumulation to 1275 ms, threshold to 255, 7 retries, interval to 2550 ms`,
    );
  }

  /**
   * Opens the machine's serial console. Ending or destroying the stream deactivates it; while it is open, it keeps
   * session and process alive.
   * @throws {IpmiOccupiedError} if another session has it and `steal` is not set
   */
  async activate({ steal = false, retry = RETRY, watch = WATCH }: SolOptions = {}): Promise<SolStream> {
    const { inboundSize } = await this.take(steal);
    const whyLost = await rememberHolder(this.bmc, INSTANCE);
    const stream = new SolStream({
      label: this.bmc.label,
      retry,
      inboundSize,
      loss: () => ifAnswered(whyLost),
      deactivate: () => this.release(whyLost),
    });
    const closed = new Promise<void>((resolve) => stream.once("close", resolve));
    const events = {
      received: (payload: Buffer) => stream.receive(payload),
      closing: () => {
        stream.destroy();
        return closed;
      },
      ended: (error: Error | undefined) => stream.lose(error),
    };
    try {
      stream.attach(await this.bmc.openPayload(PayloadType.sol, events));
      watchOver(stream, whyLost, watch);
      return stream;
    } catch (error) {
      stream.destroy();
      throw error;
    }
  }

  /** Ends the console, whichever session has it. */
  async deactivate(): Promise<void> {
    const { active } = await this.status();
    if (active.includes(INSTANCE)) await this.bmc.run(deactivatePayload(PayloadType.sol, INSTANCE));
  }

  private async take(steal: boolean): Promise<ActivatedPayload> {
    const command = activatePayload(PayloadType.sol, INSTANCE);
    try {
      return await this.bmc.run(command);
    } catch (error) {
      if (!isCompletion(error, ALREADY_ACTIVE)) throw error;
      if (!steal) {
        const check = "who has it, or take it with steal: true";
        throw new IpmiOccupiedError(this.bmc.label, command.name, "another session has the console", check);
      }
    }
    await this.deactivate();
    return this.bmc.run(command);
  }

  /** The BMC may have ended it by itself, or be gone. What another session has by now stays with it. */
  private async release(whyLost: LossQuestion): Promise<void> {
    try {
      if (!(await whyLost())) await this.bmc.run(deactivatePayload(PayloadType.sol, INSTANCE));
    } catch (error) {
      if (!(error instanceof IpmiError)) throw error;
    }
  }
}

/** Asking also keeps the session: a console may be silent for longer than that lives (60 s, section 6.12.15). */
function watchOver(stream: SolStream, whyLost: LossQuestion, interval: Milliseconds): void {
  let timer: NodeJS.Timeout | undefined;
  const ask = async (): Promise<void> => {
    const loss = await ifAnswered(whyLost);
    if (loss) stream.takenAway(loss);
    else next();
  };
  const next = (): void => {
    if (!stream.destroyed) timer = setTimeout(() => void ask(), interval);
  };
  stream.once("close", () => clearTimeout(timer));
  next();
}

/** A session that is lost ends the stream by itself. */
function ifAnswered(whyLost: LossQuestion): Promise<IpmiConsoleLostError | undefined> {
  return whyLost().catch(() => undefined);
}
