import type { Health } from "../../bmc/driver";
import { EventReadingType, GENERIC_STATES } from "./generic-states";
import { SENSOR_SPECIFIC_STATES } from "./sensor-specific-states";

/** Words and health by offset; undefined where the specification reserves one. */
export type StateTable = readonly (readonly [words: string, health: Health] | undefined)[];

const FIRST_OEM = 0x70;
const LAST_OEM = 0x7f;

/**
 * A state or event of a sensor in words (IPMI 2.0 tables 42-2 and 42-3).
 * @param eventReadingType 0 to 127: which set of states the sensor has
 * @param sensorType 0 to 255; counts where the states are sensor-specific (6Fh)
 * @param offset 0 to 14
 */
export function stateInWords(eventReadingType: number, sensorType: number, offset: number): string {
  const known = stateOf(eventReadingType, sensorType, offset);
  if (known) return known[0];
  const oem = eventReadingType >= FIRST_OEM && eventReadingType <= LAST_OEM;
  return `${oem ? "OEM" : "reserved"} state ${offset}`;
}

/** How bad a state is when it is asserted; `unknown` for those whose meaning is not known. */
export function stateHealth(eventReadingType: number, sensorType: number, offset: number): Health {
  return stateOf(eventReadingType, sensorType, offset)?.[1] ?? "unknown";
}

/** The worst of them: critical before warning before unknown before ok; ok where there is none. */
export function worstHealth(healths: readonly Health[]): Health {
  const order: readonly Health[] = ["critical", "warning", "unknown"];
  return order.find((health) => healths.includes(health)) ?? "ok";
}

function stateOf(eventReadingType: number, sensorType: number, offset: number) {
  const table =
    eventReadingType === EventReadingType.sensorSpecific
      ? SENSOR_SPECIFIC_STATES[sensorType]
      : GENERIC_STATES[eventReadingType];
  return table?.[offset];
}
