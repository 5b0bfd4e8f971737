/** How a raw byte counts (IPMI 2.0 table 43-1, byte 21, bits 7:6). */
export type NumberFormat = "unsigned" | "ones-complement" | "twos-complement";

/** Factors of y = L[(M x + B 10^K1) 10^K2] (IPMI 2.0 section 36.3). */
export interface Factors {
  /** -512 to 511. */
  readonly m: number;
  /** -512 to 511. */
  readonly b: number;
  /** K1, -8 to 7. */
  readonly bExponent: number;
  /** K2, -8 to 7. */
  readonly resultExponent: number;
  /** In half raw counts, 0 to 63. */
  readonly tolerance: number;
  /** Percent of the reading. */
  readonly accuracy: number;
}

/** By number, 0 to 11; beyond are non-linear sensors, whose factors hold for one reading each. */
const LINEARIZATIONS: readonly ((y: number) => number)[] = [
  (y) => y,
  Math.log,
  Math.log10,
  Math.log2,
  Math.exp,
  (y) => 10 ** y,
  (y) => 2 ** y,
  (y) => 1 / y,
  (y) => y ** 2,
  (y) => y ** 3,
  Math.sqrt,
  // "cube-1 (x)": the inverse of the cube, as ipmitool reads it; FreeIPMI takes the cube's reciprocal.
  Math.cbrt,
];

/** How readings of a sensor become values. */
export interface Conversion {
  readonly format: NumberFormat;
  /** Linearization, 0 to 127 (table 43-1, byte 24): 0 linear, to 11 by formula, 70h and above non-linear. */
  readonly linearization: number;
  /** For a non-linear sensor, at its nominal reading. */
  readonly factors: Factors;
}

const FIRST_NON_LINEAR = 0x70;
/** More than one byte of reading can tell; beyond is the noise of floating point numbers. */
const DIGITS = 12;

/** Whether Get Sensor Reading Factors has to be asked for the factors of each reading. */
export function isNonLinear({ linearization }: Conversion): boolean {
  return linearization >= FIRST_NON_LINEAR;
}

/** Reads six bytes of factors, as records and Get Sensor Reading Factors have them (tables 43-1 and 35-5). */
export function factorsOf(bytes: Uint8Array): Factors {
  const [m = 0, mTolerance = 0, b = 0, bAccuracy = 0, accuracy = 0, exponents = 0] = bytes;
  const basicAccuracy = ((accuracy >> 4) << 6) | (bAccuracy & 0x3f);
  return {
    m: signed(((mTolerance >> 6) << 8) | m, 10),
    b: signed(((bAccuracy >> 6) << 8) | b, 10),
    bExponent: signed(exponents & 0x0f, 4),
    resultExponent: signed(exponents >> 4, 4),
    tolerance: mTolerance & 0x3f,
    accuracy: scaled(basicAccuracy, ((accuracy >> 2) & 3) - 2),
  };
}

/**
 * The value of a raw reading in the sensor's units, undefined where its formula has none (1/0, the root of a
 * negative number, a reserved formula).
 * @param raw 0 to 255
 * @param factors those of this reading, for a non-linear sensor
 */
export function convert(
  conversion: Conversion,
  raw: number,
  factors: Factors = conversion.factors,
): number | undefined {
  const { m, b, bExponent, resultExponent } = factors;
  // All in whole numbers up to one division, so that 12.1 is 12.1.
  const shift = Math.max(0, -bExponent);
  const sum = m * numberOf(conversion.format, raw) * 10 ** shift + b * 10 ** Math.max(0, bExponent);
  const linear = scaled(sum, resultExponent - shift);
  // A non-linear sensor's factors are those of the reading: no formula comes after them (section 36.2).
  const value = isNonLinear(conversion) ? linear : LINEARIZATIONS[conversion.linearization]?.(linear);
  return value !== undefined && Number.isFinite(value) ? Number(value.toPrecision(DIGITS)) : undefined;
}

/**
 * The raw byte whose value is nearest, undefined where the sensor's range does not hold the value.
 * Not for non-linear sensors.
 */
export function nearestRaw(conversion: Conversion, value: number): number | undefined {
  const values = Array.from({ length: 256 }, (_, raw) => convert(conversion, raw));
  const known = values.filter((v) => v !== undefined);
  if (!(value >= Math.min(...known) && value <= Math.max(...known))) return undefined;
  const distances = values.map((v) => (v === undefined ? Infinity : Math.abs(v - value)));
  return distances.indexOf(Math.min(...distances));
}

/** A raw byte as a number. */
function numberOf(format: NumberFormat, raw: number): number {
  if (format === "unsigned" || raw < 0x80) return raw;
  return format === "twos-complement" ? raw - 0x100 : raw - 0xff;
}

/** Two's complement of so many bits. */
function signed(value: number, bits: number): number {
  return value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
}

/** n 10^exponent; divides by a whole number where the exponent is negative, which rounds once. */
function scaled(n: number, exponent: number): number {
  return exponent < 0 ? n / 10 ** -exponent : n * 10 ** exponent;
}
