import type { RawThresholds } from "../messages/sensor-thresholds";
import { convert, isNonLinear, nearestRaw } from "./conversion";
import type { Sensor } from "./sensor";
import { ASCENDING, type Threshold, THRESHOLDS, type Thresholds, thresholdsOf } from "./thresholds";

/** Raw thresholds in the sensor's unit; those that have no value are left out, and all of a non-linear sensor. */
export function decodeThresholds({ conversion }: Sensor, { mask, values }: RawThresholds): Thresholds {
  if (!conversion || isNonLinear(conversion)) return {};
  const pairs = thresholdsOf(mask).map((name) => [
    name,
    convert(conversion, values[THRESHOLDS.indexOf(name)] ?? 0),
  ]);
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined)) as Thresholds;
}

/** The nearest raw thresholds, or in words why the sensor cannot have them. */
export function encodeThresholds(
  { conversion, settable, unit = "" }: Sensor,
  wanted: Thresholds,
): RawThresholds | string {
  if (!conversion) return "it has no numbers";
  if (isNonLinear(conversion)) return "its values follow no fixed formula";
  const values = Buffer.alloc(THRESHOLDS.length);
  let mask = 0;
  for (const [bit, name] of THRESHOLDS.entries()) {
    const value = wanted[name];
    if (value === undefined) continue;
    if (!settable.includes(name)) return `${name} cannot be set, ${settable.join(", ") || "none"} can`;
    const raw = nearestRaw(conversion, value);
    if (raw === undefined) return `${name} = ${`${value} ${unit}`.trimEnd()} is out of its range`;
    values.writeUInt8(raw, bit);
    mask |= 1 << bit;
  }
  return mask === 0 ? "no threshold is given" : { mask, values };
}

/** The first threshold of those sent that the BMC does not hold. */
export function notHeld(sent: RawThresholds, held: RawThresholds): Threshold | undefined {
  const differs = (bit: number) => sent.values[bit] !== held.values[bit];
  return thresholdsOf(sent.mask).find((name) => differs(THRESHOLDS.indexOf(name)));
}

/**
 * In words, a threshold that would be set on the wrong side of its neighbour; undefined where all rise.
 * What cannot be set is no neighbour: some BMCs report 0 for thresholds that they do not have.
 */
export function misplaced({ settable }: Sensor, held: Thresholds, wanted: Thresholds): string | undefined {
  const after: Thresholds = { ...held, ...wanted };
  const present = ASCENDING.filter((name) => settable.includes(name) && after[name] !== undefined);
  for (const [n, high] of present.slice(1).entries()) {
    const low = present[n] as Threshold;
    const [below, above] = [after[low] ?? 0, after[high] ?? 0];
    const ours = wanted[low] !== undefined || wanted[high] !== undefined;
    if (ours && below > above) return `${low} = ${below} above ${high} = ${above}`;
  }
  return undefined;
}
