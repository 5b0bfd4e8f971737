import type { ControllerPath } from "./codec/controller-path";
import type { Controller } from "./controller";
import type { Dcmi } from "./dcmi";
import type { Fru } from "./fru";
import type { Lan } from "./lan";
import type { Command } from "./messages/command";
import type { CommandRunner } from "./messages/runner";
import type { EventLog } from "./sel";
import type { Sensors } from "./sensors";
import type { PayloadCarrier, PayloadChannel, PayloadEvents } from "./session/payload-channel";
import type { Sol } from "./sol";
import type { Users } from "./users";
import type { Watchdog } from "./watchdog";

/**
 * What a BMC offers in groups of commands. The code of a group is loaded when it is first used, so that a program
 * that asks for power alone loads nothing of the others.
 */
export abstract class Faces implements CommandRunner, PayloadCarrier {
  private sensorFace: Sensors | undefined;

  abstract readonly label: string;
  abstract run<Reply>(command: Command<Reply>): Promise<Reply>;
  abstract openPayload(type: number, events: PayloadEvents): Promise<PayloadChannel>;

  get dcmi(): Dcmi {
    const { Dcmi } = require("./dcmi") as typeof import("./dcmi");
    return new Dcmi(this);
  }

  /** A controller behind the BMC. It remembers its records, so keep it. @throws {IpmiArgumentError} */
  controller(path: ControllerPath): Controller {
    const { Controller } = require("./controller") as typeof import("./controller");
    return new Controller(this, path);
  }

  get eventLog(): EventLog {
    const { EventLog } = require("./sel") as typeof import("./sel");
    return new EventLog(this);
  }

  get fru(): Fru {
    const { Fru } = require("./fru") as typeof import("./fru");
    return new Fru(this);
  }

  get lan(): Lan {
    const { Lan } = require("./lan") as typeof import("./lan");
    return new Lan(this);
  }

  /** Always the same for this client: it remembers the BMC's sensor data records. */
  get sensors(): Sensors {
    const { Sensors } = require("./sensors") as typeof import("./sensors");
    return (this.sensorFace ??= new Sensors(this));
  }

  get sol(): Sol {
    const { Sol } = require("./sol") as typeof import("./sol");
    return new Sol(this);
  }

  get users(): Users {
    const { Users } = require("./users") as typeof import("./users");
    return new Users(this);
  }

  get watchdog(): Watchdog {
    const { Watchdog } = require("./watchdog") as typeof import("./watchdog");
    return new Watchdog(this);
  }
}
