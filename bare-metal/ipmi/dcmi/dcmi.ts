import { IpmiArgumentError, IpmiReadBackError } from "../errors";
import {
  type DcmiAccess,
  type DcmiCapabilities,
  type DcmiPlatform,
  getDcmiAccess,
  getDcmiAveragingPeriods,
  getDcmiCapabilities,
  getDcmiPlatform,
} from "../messages/dcmi-capabilities";
import {
  activatePowerLimit,
  getPowerLimit,
  POWER_LIMIT_ACTIONS,
  type PowerLimit,
  type PowerLimitAction,
  setPowerLimit,
} from "../messages/dcmi-power-limit";
import { getPowerReading, type PowerReading } from "../messages/dcmi-power-reading";
import { assetTag, controllerIdString, type DcmiText } from "../messages/dcmi-text";
import type { CommandRunner } from "../messages/runner";
import { readText, writeText } from "./text";

/** A limit to set: the watts, and what differs from the defaults. */
export interface PowerLimitChoice {
  /** 1 to 65535. */
  readonly watts: number;
  /** Milliseconds that it may be exceeded, default 1000. */
  readonly correctionTime?: number;
  /** Seconds over which power is sampled, 1 to 65535, default 1. */
  readonly samplingPeriod?: number;
  /** Default `log`: no machine is switched off unless it is asked for. */
  readonly action?: PowerLimitAction;
}

/** The Data Center Manageability Interface, version 1.5. Everything throws {@link IpmiError} and nothing else. */
export class Dcmi {
  constructor(private readonly runner: CommandRunner) {}

  capabilities(): Promise<DcmiCapabilities> {
    return this.runner.run(getDcmiCapabilities);
  }

  platform(): Promise<DcmiPlatform> {
    return this.runner.run(getDcmiPlatform);
  }

  access(): Promise<DcmiAccess> {
    return this.runner.run(getDcmiAccess);
  }

  /** Seconds over which `power` can average; optional in DCMI. */
  averagingPeriods(): Promise<readonly number[]> {
    return this.runner.run(getDcmiAveragingPeriods);
  }

  /** @param options `over`: seconds, one of `averagingPeriods()`; default the BMC's own statistics */
  async power(options: { over?: number } = {}): Promise<PowerReading> {
    return this.runner.run(getPowerReading(options.over));
  }

  /** Undefined where none was set. */
  powerLimit(): Promise<PowerLimit | undefined> {
    return this.runner.run(getPowerLimit);
  }

  /**
   * Sets a limit and puts it in force. Needs operator.
   * @returns what was read back
   * @throws {IpmiReadBackError} if the BMC holds another limit then
   */
  async limitPower(choice: PowerLimitChoice): Promise<PowerLimit> {
    const wanted = this.checked(choice);
    await this.runner.run(setPowerLimit(wanted));
    await this.runner.run(activatePowerLimit(true));
    const held = await this.powerLimit();
    if (held?.active && held.watts === wanted.watts && held.action === wanted.action) return held;
    throw this.readBack("Set Power Limit", `holds ${describe(held)} where ${wanted.watts} W were set`);
  }

  /** Takes the limit out of force; it stays set. Needs operator. */
  async unlimitPower(): Promise<void> {
    await this.runner.run(activatePowerLimit(false));
    const held = await this.powerLimit();
    if (held?.active) throw this.readBack("Activate/Deactivate Power Limit", `still holds ${describe(held)}`);
  }

  /** The tag that the owner gave the machine; empty where there is none. */
  assetTag(): Promise<string> {
    return readText(this.runner, assetTag);
  }

  /** At most 63 bytes, in Latin 1 if that holds it, else in UTF-8. Needs operator. */
  setAssetTag(tag: string): Promise<void> {
    return this.setText(assetTag, tag);
  }

  /** The name that the BMC gives itself in DHCP. */
  controllerId(): Promise<string> {
    return readText(this.runner, controllerIdString);
  }

  /** At most 63 bytes. Needs operator. The BMC asks its DHCP server again. */
  setControllerId(id: string): Promise<void> {
    return this.setText(controllerIdString, id);
  }

  private async setText(text: DcmiText, value: string): Promise<void> {
    await writeText(this.runner, text, value);
    if ((await readText(this.runner, text)) !== value) {
      throw this.readBack(`Set ${text.name}`, "holds another text than was set");
    }
  }

  private checked(choice: PowerLimitChoice): Required<PowerLimitChoice> {
    const limit = { correctionTime: 1000, samplingPeriod: 1, action: "log" as const, ...choice };
    const within = (value: number, most: number) => Number.isInteger(value) && value >= 1 && value <= most;
    const faults = [
      within(limit.watts, 0xffff) ? "" : `${limit.watts} W, whole watts from 1 to 65535`,
      within(limit.correctionTime, 0xffffffff)
        ? ""
        : `correction time ${limit.correctionTime}, whole milliseconds`,
      within(limit.samplingPeriod, 0xffff)
        ? ""
        : `sampling period ${limit.samplingPeriod}, 1 to 65535 seconds`,
      POWER_LIMIT_ACTIONS.includes(limit.action) ? "" : `no action ${String(limit.action)}`,
    ].filter((fault) => fault !== "");
    if (faults.length === 0) return limit;
    throw new IpmiArgumentError(this.runner.label, "Set Power Limit", faults.join("; "), "the limit");
  }

  private readBack(command: string, problem: string): IpmiReadBackError {
    return new IpmiReadBackError(this.runner.label, command, problem, "whether the BMC can be set so");
  }
}

function describe(limit: PowerLimit | undefined): string {
  if (limit === undefined) return "no limit";
  return `${limit.watts} W, ${limit.active ? "in force" : "not in force"}, action ${limit.action}`;
}
