import type { Health } from "../../bmc/driver";

/** In the order of their bits and bytes (IPMI 2.0 table 35-9). */
export const THRESHOLDS = [
  "lowerNonCritical",
  "lowerCritical",
  "lowerNonRecoverable",
  "upperNonCritical",
  "upperCritical",
  "upperNonRecoverable",
] as const;
export type Threshold = (typeof THRESHOLDS)[number];

/** From the lowest value to the highest, as thresholds have to lie. */
export const ASCENDING: readonly Threshold[] = [
  "lowerNonRecoverable",
  "lowerCritical",
  "lowerNonCritical",
  "upperNonCritical",
  "upperCritical",
  "upperNonRecoverable",
];

/** Values of the thresholds that a sensor has. */
export type Thresholds = Readonly<Partial<Record<Threshold, number>>>;

const WORDS: Readonly<Record<Threshold, readonly [words: string, health: Health]>> = {
  lowerNonCritical: ["at or below lower non-critical threshold", "warning"],
  lowerCritical: ["at or below lower critical threshold", "critical"],
  lowerNonRecoverable: ["at or below lower non-recoverable threshold", "critical"],
  upperNonCritical: ["at or above upper non-critical threshold", "warning"],
  upperCritical: ["at or above upper critical threshold", "critical"],
  upperNonRecoverable: ["at or above upper non-recoverable threshold", "critical"],
};

/** The thresholds whose bits are set in a mask. */
export function thresholdsOf(mask: number): readonly Threshold[] {
  return THRESHOLDS.filter((_, bit) => ((mask >> bit) & 1) === 1);
}

/** What it means that a reading has reached a threshold. */
export function comparisonInWords(threshold: Threshold): string {
  return WORDS[threshold][0];
}

export function comparisonHealth(threshold: Threshold): Health {
  return WORDS[threshold][1];
}
