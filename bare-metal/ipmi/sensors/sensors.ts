import { behind, BMC_ADDRESS, ControllersAsked } from "../behind";
import type { ControllerPath } from "../codec/controller-path";
import { IpmiArgumentError, IpmiCompletionError, IpmiReadBackError } from "../errors";
import type { CommandRunner } from "../messages/runner";
import { type EventEnable, getSensorEventEnable } from "../messages/sensor-event-enable";
import { getSensorHysteresis, type Hysteresis } from "../messages/sensor-hysteresis";
import { getSensorReading } from "../messages/sensor-reading";
import { getSensorReadingFactors } from "../messages/sensor-reading-factors";
import { getSensorThresholds, setSensorThresholds } from "../messages/sensor-thresholds";
import { factorsOf, isNonLinear } from "./conversion";
import { type IpmiSensorReading, missingReading, readingOf, silence } from "./reading";
import type { SdrRecord } from "./record";
import { readRepository, type SdrSnapshot } from "./repository";
import { type Sensor, sensorsOf } from "./sensor";
import { decodeThresholds, encodeThresholds, misplaced, notHeld } from "./threshold-values";
import type { Thresholds } from "./thresholds";

const OF_SOFTWARE = "owned by system software";

/** Which controller's records are read, where that is not the BMC. */
export interface RecordsElsewhere {
  readonly path: ControllerPath;
  /** Runs commands on the BMC. */
  readonly bmc: CommandRunner;
}

/**
 * The sensors that a BMC, or a controller behind it, has records of. SDRs are read once, and again when they are said
 * to have changed; then each sensor takes one command, of the controller that owns it: those behind the BMC are asked
 * through it. Everything throws {@link IpmiError} and nothing else.
 */
export class Sensors {
  private snapshot: SdrSnapshot | undefined;

  /**
   * @param runner of the BMC, or of the controller
   * @param elsewhere the controller. Default: the BMC
   */
  constructor(
    private readonly runner: CommandRunner,
    private readonly elsewhere?: RecordsElsewhere,
  ) {}

  /** All sensor data records, in the BMC's order; those that cannot be read are `malformed`. */
  async records(): Promise<readonly SdrRecord[]> {
    this.snapshot = await readRepository(this.runner, this.snapshot);
    return this.snapshot.records;
  }

  /** The sensors that can be read, in the BMC's order. */
  async all(): Promise<readonly Sensor[]> {
    return (await this.records()).flatMap(sensorsOf);
  }

  /**
   * Reads all sensors. One that gives no reading is listed without, and says why. A controller that cannot be reached
   * is asked once.
   */
  async list(): Promise<readonly IpmiSensorReading[]> {
    const readings: IpmiSensorReading[] = [];
    const asked = new ControllersAsked();
    for (const sensor of await this.all()) readings.push(await this.readIfThere(sensor, asked));
    return readings;
  }

  /** Reads one sensor. @throws {IpmiCompletionError} where its controller refuses it */
  async read(sensor: Sensor): Promise<IpmiSensorReading> {
    const owner = this.ownerOf(sensor, "read sensor");
    const { conversion, number, lun } = sensor;
    const raw = await owner.run(getSensorReading(number, lun));
    if (!conversion || !isNonLinear(conversion) || silence(raw)) return readingOf(sensor, raw);
    const { factors } = await owner.run(getSensorReadingFactors(number, lun, raw.value));
    return readingOf(sensor, raw, factorsOf(factors));
  }

  /** The thresholds that can be read, in the sensor's unit. Not for non-linear sensors. */
  async thresholds(sensor: Sensor): Promise<Thresholds> {
    const owner = this.ownerOf(sensor, "sensor thresholds");
    const raw = await owner.run(getSensorThresholds(sensor.number, sensor.lun));
    return decodeThresholds(sensor, raw);
  }

  /**
   * Sets some thresholds and reads them back. A value is rounded to what the sensor can hold.
   * @param wanted in the sensor's unit
   * @returns all thresholds, as read back
   * @throws {IpmiArgumentError} for a threshold that cannot be set, a value out of the sensor's range, and
   *   thresholds that would lie in the wrong order
   * @throws {IpmiReadBackError} if the BMC holds another value then
   */
  async setThresholds(sensor: Sensor, wanted: Thresholds): Promise<Thresholds> {
    const name = "set sensor thresholds";
    const owner = this.ownerOf(sensor, name);
    const { lun } = sensor;
    const raw = encodeThresholds(sensor, wanted);
    if (typeof raw === "string")
      throw this.argument(sensor, name, raw, "what it lets be set, its range and unit");
    const held = await owner.run(getSensorThresholds(sensor.number, lun));
    const wrong = misplaced(sensor, decodeThresholds(sensor, held), decodeThresholds(sensor, raw));
    if (wrong) throw this.argument(sensor, name, wrong, "that thresholds rise from lower to upper");
    const command = setSensorThresholds(sensor.number, lun, raw);
    await owner.run(command);
    const after = await owner.run(getSensorThresholds(sensor.number, lun));
    const other = notHeld(raw, after);
    if (other === undefined) return decodeThresholds(sensor, after);
    throw new IpmiReadBackError(
      this.runner.label,
      command.name,
      `${sensor.name}: set ${other}, and another value reads back`,
      "whether its controller lets thresholds of this sensor be set",
    );
  }

  /** In raw counts. */
  async hysteresis(sensor: Sensor): Promise<Hysteresis> {
    return this.ownerOf(sensor, "sensor hysteresis").run(getSensorHysteresis(sensor.number, sensor.lun));
  }

  /** Which events the sensor sends. */
  async events(sensor: Sensor): Promise<EventEnable> {
    return this.ownerOf(sensor, "sensor events").run(getSensorEventEnable(sensor.number, sensor.lun));
  }

  private async readIfThere(sensor: Sensor, asked: ControllersAsked): Promise<IpmiSensorReading> {
    if (sensor.owner.software) return missingReading(sensor, OF_SOFTWARE);
    if (!this.isElsewhere(sensor)) return this.readUnlessRefused(sensor);
    const came = await asked.ask(sensor.owner, () => this.read(sensor));
    return "value" in came ? came.value : missingReading(sensor, came.problem);
  }

  private async readUnlessRefused(sensor: Sensor): Promise<IpmiSensorReading> {
    try {
      return await this.read(sensor);
    } catch (error) {
      if (error instanceof IpmiCompletionError) return missingReading(sensor, error.problem);
      throw error;
    }
  }

  /** Whether another controller owns the sensor than the one whose records these are. */
  private isElsewhere({ owner }: Sensor): boolean {
    const own = this.elsewhere?.path ?? BMC_ADDRESS;
    // A controller takes its own bus for channel 0, whatever the BMC calls it.
    return owner.address !== own.address || (owner.channel !== 0 && owner.channel !== own.channel);
  }

  /** Who is asked for a sensor. The same way is taken to other controllers as to the one whose records these are. */
  private ownerOf(sensor: Sensor, command: string): CommandRunner {
    const { address, channel, software } = sensor.owner;
    if (software) throw this.argument(sensor, command, OF_SOFTWARE, "that a controller owns the sensor");
    if (!this.isElsewhere(sensor)) return this.runner;
    const bmc = this.elsewhere?.bmc ?? this.runner;
    if (address === BMC_ADDRESS.address && channel === BMC_ADDRESS.channel) return bmc;
    return behind(bmc, { address, channel, transit: this.elsewhere?.path.transit });
  }

  private argument(sensor: Sensor, command: string, problem: string, check: string): IpmiArgumentError {
    return new IpmiArgumentError(this.runner.label, command, `${sensor.name}: ${problem}`, check);
  }
}
