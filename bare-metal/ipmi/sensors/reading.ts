import type { Health, SensorReading } from "../../bmc/driver";
import type { RawReading } from "../messages/sensor-reading";
import { convert, type Factors } from "./conversion";
import { EventReadingType } from "./generic-states";
import type { Sensor } from "./sensor";
import { stateHealth, stateInWords, worstHealth } from "./states";
import { comparisonHealth, comparisonInWords, thresholdsOf } from "./thresholds";

/** A reading, with the sensor that gave it. */
export interface IpmiSensorReading extends SensorReading {
  readonly sensor: Sensor;
  /** The byte that was read, 0 to 255; undefined without a reading. */
  readonly raw: number | undefined;
  /** Why there is no reading, in words; undefined where there is one. */
  readonly missing: string | undefined;
}

/** Why a raw reading says nothing, in words; undefined where it does. */
export function silence({ scanningEnabled, unavailable }: RawReading): string | undefined {
  if (!scanningEnabled) return "scanning of this sensor is switched off";
  return unavailable ? "no reading now" : undefined;
}

/**
 * What a raw reading says.
 * @param factors of this reading, for a non-linear sensor
 */
export function readingOf(sensor: Sensor, raw: RawReading, factors?: Factors): IpmiSensorReading {
  const missing = silence(raw);
  if (missing !== undefined) return missingReading(sensor, missing);
  const value = sensor.conversion && convert(sensor.conversion, raw.value, factors);
  const states = statesOf(sensor, raw.states);
  return {
    name: sensor.name,
    type: sensor.type,
    value,
    unit: value === undefined ? undefined : sensor.unit,
    health: worstHealth(states.map((state) => state.health)),
    states: states.map((state) => state.words),
    sensor,
    raw: raw.value,
    missing,
  };
}

export function missingReading(sensor: Sensor, missing: string): IpmiSensorReading {
  const { name, type } = sensor;
  return {
    name,
    type,
    value: undefined,
    unit: undefined,
    health: "unknown",
    states: [],
    sensor,
    raw: undefined,
    missing,
  };
}

/** The states whose bits are set (IPMI 2.0 table 35-15). */
function statesOf(
  { eventReadingType, typeNumber }: Sensor,
  mask: number,
): readonly { words: string; health: Health }[] {
  if (eventReadingType === EventReadingType.threshold) {
    return thresholdsOf(mask).map((t) => ({ words: comparisonInWords(t), health: comparisonHealth(t) }));
  }
  const offsets = Array.from({ length: 15 }, (_, n) => n).filter((n) => ((mask >> n) & 1) === 1);
  return offsets.map((offset) => ({
    words: stateInWords(eventReadingType, typeNumber, offset),
    health: stateHealth(eventReadingType, typeNumber, offset),
  }));
}
