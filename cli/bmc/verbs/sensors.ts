import type { SensorReading } from "../../../bare-metal/bmc/driver";
import type { Verb } from "../verb";

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
        value === undefined ? "" : `${value} ${unit ?? ""}`.trimEnd(),
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
