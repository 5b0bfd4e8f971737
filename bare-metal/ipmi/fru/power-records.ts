import type { Reader } from "../codec/reader";

/** What a power supply is rated for (section 18.1). Undefined: not told. */
export interface PowerSupplyRecord {
  readonly kind: "power-supply";
  /** Watts. */
  readonly capacity: number;
  /** Volt-amperes. */
  readonly peakVoltAmperes: number | undefined;
  /** Amperes. */
  readonly inrushCurrent: number | undefined;
  /** Milliseconds. */
  readonly inrushInterval: number;
  /** Volts: one range, or two where the supply does not switch by itself. */
  readonly inputVolts: readonly (readonly [low: number, high: number])[];
  /** Hertz; both 0 for direct current. */
  readonly inputHertz: readonly [low: number, high: number];
  /** Milliseconds that the output holds without input. */
  readonly dropoutTolerance: number;
  readonly hotSwap: boolean;
  readonly autoswitch: boolean;
  readonly powerFactorCorrection: boolean;
  /** How it tells a failure to come; undefined if it does not. */
  readonly predictiveFailure: PredictiveFailure | undefined;
  /** Watts that it yields for so many seconds. */
  readonly peak: { readonly watts: number; readonly seconds: number } | undefined;
  /** Watts that two outputs yield together. */
  readonly combined: { readonly volts: readonly [string, string]; readonly watts: number } | undefined;
}

export type PredictiveFailure =
  | { readonly signal: "pin"; readonly failsWhen: "asserted" | "deasserted" }
  /** Rotations per second below which it will fail. */
  | { readonly signal: "tachometer"; readonly pulsesPerRotation: 1 | 2; readonly threshold: number };

const COMBINED_VOLTS = ["12 V", "-12 V", "5 V", "3.3 V"];

export function readPowerSupply(reader: Reader): PowerSupplyRecord {
  const capacity = reader.u16() & 0x0fff;
  const peakVoltAmperes = reader.u16();
  const inrushCurrent = reader.u8();
  const inrushInterval = reader.u8();
  const ranges = [0, 1].map(() => [tenMillivolts(reader), tenMillivolts(reader)] as const);
  const inputHertz = [reader.u8(), reader.u8()] as const;
  const dropoutTolerance = reader.u8();
  const flags = reader.u8();
  const peak = reader.u16();
  const voltages = reader.u8();
  const combinedWatts = reader.u16();
  const threshold = reader.u8();
  return {
    kind: "power-supply",
    capacity,
    peakVoltAmperes: peakVoltAmperes === 0xffff ? undefined : peakVoltAmperes,
    inrushCurrent: inrushCurrent === 0xff ? undefined : inrushCurrent,
    inrushInterval,
    inputVolts: ranges.filter(([low, high]) => low !== 0 || high !== 0),
    inputHertz,
    dropoutTolerance,
    hotSwap: (flags & 0x08) !== 0,
    autoswitch: (flags & 0x04) !== 0,
    powerFactorCorrection: (flags & 0x02) !== 0,
    predictiveFailure: (flags & 0x01) === 0 ? undefined : predictiveFailure(threshold, (flags & 0x10) !== 0),
    peak: (peak & 0x0fff) === 0x0fff ? undefined : { watts: peak & 0x0fff, seconds: peak >> 12 },
    combined:
      combinedWatts === 0
        ? undefined
        : { volts: [combinedVolts(voltages >> 4), combinedVolts(voltages & 0x0f)], watts: combinedWatts },
  };
}

/** Section 18.1.15. */
function predictiveFailure(threshold: number, polarity: boolean): PredictiveFailure {
  if (threshold === 0) return { signal: "pin", failsWhen: polarity ? "deasserted" : "asserted" };
  return { signal: "tachometer", pulsesPerRotation: polarity ? 2 : 1, threshold };
}

function combinedVolts(code: number): string {
  return COMBINED_VOLTS[code] ?? "reserved";
}

/** An output of a supply, or what a board draws from one (sections 18.2 to 18.3a). */
export interface DirectCurrentRecord {
  readonly kind: "dc-output" | "dc-load";
  /** 1 to 15; 0 is unknown. */
  readonly output: number;
  /** Volts, as the two that follow. */
  readonly nominalVolts: number;
  /** An output's largest negative deviation, a load's lowest voltage. */
  readonly minimumVolts: number;
  /** An output's largest positive deviation, a load's highest voltage. */
  readonly maximumVolts: number;
  /** Volts, peak to peak. */
  readonly ripple: number;
  /** Amperes. */
  readonly minimumCurrent: number;
  /** Amperes. */
  readonly maximumCurrent: number;
  /** There when the supply is switched off; outputs only. */
  readonly standby: boolean;
}

/** @param extended currents in units of 10 or 100 mA instead of 1 mA */
export function readDirectCurrent(
  reader: Reader,
  kind: DirectCurrentRecord["kind"],
  extended: boolean,
): DirectCurrentRecord {
  const output = reader.u8();
  // Milliamperes are divided by an integer: products with 0.01 would show rounding.
  const perAmpere = extended ? ((output & 0x10) === 0 ? 100 : 10) : 1000;
  return {
    kind,
    output: output & 0x0f,
    nominalVolts: tenMillivolts(reader),
    minimumVolts: tenMillivolts(reader),
    maximumVolts: tenMillivolts(reader),
    ripple: reader.u16() / 1000,
    minimumCurrent: reader.u16() / perAmpere,
    maximumCurrent: reader.u16() / perAmpere,
    standby: kind === "dc-output" && (output & 0x80) !== 0,
  };
}

/** A signed number of 10 mV, in volts. */
function tenMillivolts(reader: Reader): number {
  return ((reader.u16() << 16) >> 16) / 100;
}
