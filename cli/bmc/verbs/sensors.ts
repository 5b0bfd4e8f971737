import type { SensorReading } from "../../../bare-metal/bmc/driver";
import type { ControllerPath } from "../../../bare-metal/ipmi";
import type { Verb } from "../verb";

/** Digits of a reading that a person is shown; as JSON it is whole. */
const DIGITS = 6;

/**
 * @param faults only those that are not well: health neither `ok` nor unknown
 * @param path those that a controller behind the BMC has records of
 */
export function sensors(
  { faults }: { faults: boolean },
  path?: ControllerPath,
): Verb<readonly SensorReading[]> {
  const wanted = (readings: readonly SensorReading[]) =>
    faults ? readings.filter(({ health }) => health === "warning" || health === "critical") : readings;
  return {
    name: "sensors",
    privilege: "user",
    head: ["SENSOR", "TYPE", "READING", "HEALTH", "STATES"],
    rows: (readings) =>
      readings.map(({ name, type, value, unit, health, states }) => [
        name,
        type,
        value === undefined ? "" : `${Number(value.toPrecision(DIGITS))} ${unit ?? ""}`.trimEnd(),
        health,
        states.join(", "),
      ]),
    ...(path
      ? { ipmi: async (ipmi) => wanted(await ipmi.controller(path).sensors.list()) }
      : { driver: async (bmc) => wanted(await bmc.sensors()) }),
  };
}
