import type { SensorReading } from "../../../bare-metal/bmc/driver";
import type { Verb } from "../verb";

/** Digits of a reading that a person is shown; as JSON it is whole. */
const DIGITS = 6;

/** @param faults only those that are not well: health neither `ok` nor unknown */
export function sensors({ faults }: { faults: boolean }): Verb<readonly SensorReading[]> {
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
    driver: async (bmc) => {
      const readings = await bmc.sensors();
      return faults
        ? readings.filter(({ health }) => health === "warning" || health === "critical")
        : readings;
    },
  };
}
