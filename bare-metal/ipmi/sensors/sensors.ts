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

const BMC = 0x20;

/**
 * The sensors of a BMC. SDRs are read once, and again when the BMC says that they changed; then each sensor takes
 * one command. Everything throws {@link IpmiError} and nothing else.
 */
export class Sensors {
  private snapshot: SdrSnapshot | undefined;

  constructor(private readonly runner: CommandRunner) {}

  /** All sensor data records, in the BMC's order; those that cannot be read are `malformed`. */
  async records(): Promise<readonly SdrRecord[]> {
    this.snapshot = await readRepository(this.runner, this.snapshot);
    return this.snapshot.records;
  }

  /** The sensors that can be read, in the BMC's order. */
  async all(): Promise<readonly Sensor[]> {
    return (await this.records()).flatMap(sensorsOf);
  }

  /** Reads all sensors. One that the BMC gives no reading of is listed without, and says why. */
  async list(): Promise<readonly IpmiSensorReading[]> {
    const readings: IpmiSensorReading[] = [];
    for (const sensor of await this.all()) readings.push(await this.readIfThere(sensor));
    return readings;
  }

  /** Reads one sensor. @throws {IpmiCompletionError} where the BMC refuses it */
  async read(sensor: Sensor): Promise<IpmiSensorReading> {
    const raw = await this.runner.run(getSensorReading(sensor.number, this.lunOf(sensor, "read sensor")));
    const { conversion, number, lun } = sensor;
    if (!conversion || !isNonLinear(conversion) || silence(raw)) return readingOf(sensor, raw);
    const { factors } = await this.runner.run(getSensorReadingFactors(number, lun, raw.value));
    return readingOf(sensor, raw, factorsOf(factors));
  }

  /** The thresholds that can be read, in the sensor's unit. Not for non-linear sensors. */
  async thresholds(sensor: Sensor): Promise<Thresholds> {
    const lun = this.lunOf(sensor, "sensor thresholds");
    const raw = await this.runner.run(getSensorThresholds(sensor.number, lun));
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
    const lun = this.lunOf(sensor, name);
    const raw = encodeThresholds(sensor, wanted);
    if (typeof raw === "string")
      throw this.argument(sensor, name, raw, "what it lets be set, its range and unit");
    const held = await this.runner.run(getSensorThresholds(sensor.number, lun));
    const wrong = misplaced(sensor, decodeThresholds(sensor, held), decodeThresholds(sensor, raw));
    if (wrong) throw this.argument(sensor, name, wrong, "that thresholds rise from lower to upper");
    const command = setSensorThresholds(sensor.number, lun, raw);
    await this.runner.run(command);
    const after = await this.runner.run(getSensorThresholds(sensor.number, lun));
    const other = notHeld(raw, after);
    if (other === undefined) return decodeThresholds(sensor, after);
    throw new IpmiReadBackError(
      this.runner.label,
      command.name,
      `${sensor.name}: set ${other}, and another value reads back`,
      "whether the BMC lets thresholds of this sensor be set",
    );
  }

  /** In raw counts. */
  async hysteresis(sensor: Sensor): Promise<Hysteresis> {
    return this.runner.run(getSensorHysteresis(sensor.number, this.lunOf(sensor, "sensor hysteresis")));
  }

  /** Which events the sensor sends. */
  async events(sensor: Sensor): Promise<EventEnable> {
    return this.runner.run(getSensorEventEnable(sensor.number, this.lunOf(sensor, "sensor events")));
  }

  private async readIfThere(sensor: Sensor): Promise<IpmiSensorReading> {
    const elsewhere = notOfBmc(sensor);
    if (elsewhere) return missingReading(sensor, elsewhere);
    try {
      return await this.read(sensor);
    } catch (error) {
      if (error instanceof IpmiCompletionError) return missingReading(sensor, error.problem);
      throw error;
    }
  }

  private lunOf(sensor: Sensor, command: string): number {
    const elsewhere = notOfBmc(sensor);
    if (elsewhere) throw this.argument(sensor, command, elsewhere, "that the sensor is the BMC's own");
    return sensor.lun;
  }

  private argument(sensor: Sensor, command: string, problem: string, check: string): IpmiArgumentError {
    return new IpmiArgumentError(this.runner.label, command, `${sensor.name}: ${problem}`, check);
  }
}

/** Why the BMC cannot be asked for a sensor: asked, it would answer with one of its own. */
function notOfBmc({ owner }: Sensor): string | undefined {
  if (owner.software) return "owned by system software";
  if (owner.address === BMC && owner.channel === 0) return undefined;
  return `behind the controller at 0x${owner.address.toString(16)}, which is not asked through the BMC`;
}
