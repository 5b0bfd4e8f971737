import type { RawThresholds } from "../messages/sensor-thresholds";
import { convert, isNonLinear, nearestRaw } from "./conversion";
import type { Sensor } from "./sensor";
import { ASCENDING, THRESHOLDS, type Thresholds, thresholdsOf } from "./thresholds";

/** Raw thresholds in the sensor's unit; those that have no value are left out, and all of a non-linear sensor. */
export function decodeThresholds({ conversion }: Sensor, { mask, values }: RawThresholds): Thresholds {
  if (!conversion || isNonLinear(conversion)) return {};
  const pairs = thresholdsOf(mask).map((name) => [
    name,
    convert(conversion, values[THRESHOLDS.indexOf(name)] ?? 0),
  ]);
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined)) as Thresholds;
}

/** The nearest raw thresholds, or in words what the sensor cannot hold. */
export function encodeThresholds(
  { conversion, unit = "" }: Sensor,
  wanted: Thresholds,
): RawThresholds | string {
  if (!conversion) return "it has no numbers";
  if (isNonLinear(conversion)) return "its values follow no fixed formula";
  const values = Buffer.alloc(THRESHOLDS.length);
  let mask = 0;
  for (const [bit, name] of THRESHOLDS.entries()) {
    const value = wanted[name];
    if (value === undefined) continue;
    const raw = nearestRaw(conversion, value);
    if (raw === undefined) return `${name} = ${value} ${unit}`.trimEnd() + " is out of its range";
    values.writeUInt8(raw, bit);
    mask |= 1 << bit;
  }
  return { mask, values };
}

/** In words, the first two thresholds that lie in the wrong order; undefined where all rise. */
export function misplaced(thresholds: Thresholds): string | undefined {
  const present = ASCENDING.filter((name) => thresholds[name] !== undefined);
  const at = present.findIndex((name, n) => {
    const next = present[n + 1];
    return next !== undefined && (thresholds[name] ?? 0) > (thresholds[next] ?? 0);
  });
  const [low, high] = present.slice(at, at + 2);
  return at < 0
    ? undefined
    : `${low} = ${thresholds[low as never]} above ${high} = ${thresholds[high as never]}`;
}
