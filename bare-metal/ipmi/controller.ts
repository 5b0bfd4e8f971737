import { behind, BMC_ADDRESS } from "./behind";
import { type ControllerAddress, type ControllerPath, pathInWords } from "./codec/controller-path";
import { SEND_MESSAGE } from "./codec/lan-message";
import { IpmiArgumentError } from "./errors";
import { Fru } from "./fru";
import { type Command, NetFn } from "./messages/command";
import { type DeviceId, getDeviceId } from "./messages/device-id";
import type { CommandRunner } from "./messages/runner";
import { runRaw } from "./raw";
import { EventLog } from "./sel";
import { Sensors } from "./sensors";

/** A request on an IPMB: a message has 32 bytes, and 7 of them lie around the data. */
const REQUEST_DATA = 25;
/** Channels that buses have; those above are no buses (IPMI 2.0 table 6-1). */
const MOST_CHANNEL = 0x0b;

/**
 * A controller behind the BMC, such as one of a power supply or a blade, asked through it (IPMI 2.0 section 22.7).
 * Everything throws {@link IpmiError} and nothing else; {@link IpmiBridgeError} where it cannot be reached.
 */
export class Controller implements CommandRunner {
  readonly label: string;
  readonly mostData: number;
  /** Its own event log, where it has one. */
  readonly eventLog: EventLog;
  /** Its own FRUs. */
  readonly fru: Fru;
  /** Those that it has records of. */
  readonly sensors: Sensors;
  private readonly runner: ReturnType<typeof behind>;

  /** @param bmc runs commands on the BMC @throws {IpmiArgumentError} for a path that leads nowhere */
  constructor(bmc: CommandRunner, path: ControllerPath) {
    const problem = problemOf(path);
    if (problem !== undefined) {
      throw new IpmiArgumentError(
        bmc.label,
        pathInWords(path),
        problem,
        "address and channel of the controller",
      );
    }
    this.runner = behind(bmc, path);
    this.label = bmc.label;
    this.mostData = this.runner.mostData;
    this.eventLog = new EventLog(this.runner);
    this.fru = new Fru(this.runner);
    this.sensors = new Sensors(this.runner, { path, bmc });
  }

  run<Reply>(command: Command<Reply>): Promise<Reply> {
    return this.runner.run(command);
  }

  deviceId(): Promise<DeviceId> {
    return this.run(getDeviceId);
  }

  /**
   * Any command by its numbers, but for Send Message: a path with `transit` is for that. Carried out once at most.
   * @param netFn even, 0 to 0x3e
   * @param data at most 25 bytes: more do not fit on an IPMB
   * @returns the data after the completion code
   */
  async raw(netFn: number, code: number, data: Uint8Array = Buffer.alloc(0)): Promise<Buffer> {
    if (netFn === NetFn.app && code === SEND_MESSAGE) {
      const [problem, check] = [
        "Send Message cannot be sent as a message",
        "the path's transit, which does it",
      ];
      throw new IpmiArgumentError(this.label, "raw", problem, check);
    }
    return runRaw(this.runner, { netFn, code, data }, REQUEST_DATA);
  }
}

function problemOf({ transit, ...target }: ControllerPath): string | undefined {
  if (!transit && isBmc(target)) return "this is the BMC itself";
  if (transit && isBmc(transit)) return "what it goes through is the BMC itself";
  return [target, ...(transit ? [transit] : [])].map(faultOf).find((fault) => fault !== undefined);
}

function isBmc({ address, channel }: ControllerAddress): boolean {
  return address === BMC_ADDRESS.address && channel === BMC_ADDRESS.channel;
}

function faultOf({ address, channel }: ControllerAddress): string | undefined {
  if (!Number.isInteger(address) || address < 2 || address > 0xfe || address % 2 !== 0) {
    return `address ${address} is not even, or not from 0x02 to 0xfe`;
  }
  const isBus = Number.isInteger(channel) && channel >= 0 && channel <= MOST_CHANNEL;
  return isBus ? undefined : `channel ${channel} is not from 0 to ${MOST_CHANNEL}`;
}
