import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Conversion,
  convert,
  type Factors,
  factorsOf,
  nearestRaw,
} from "../../../../../bare-metal/ipmi/sensors/conversion";

const factors = (change: Partial<Factors> = {}): Factors => ({
  m: 1,
  b: 0,
  bExponent: 0,
  resultExponent: 0,
  tolerance: 0,
  accuracy: 0,
  ...change,
});

const conversion = (change: Partial<Conversion> = {}): Conversion => ({
  format: "unsigned",
  linearization: 0,
  factors: factors(),
  ...change,
});

const anyFactors = fc.record({
  m: fc.integer({ min: -512, max: 511 }),
  b: fc.integer({ min: -512, max: 511 }),
  bExponent: fc.integer({ min: -8, max: 7 }),
  resultExponent: fc.integer({ min: -8, max: 7 }),
  tolerance: fc.integer({ min: 0, max: 63 }),
});
const anyFormat = fc.constantFrom("unsigned", "ones-complement", "twos-complement" as const);

/** Bytes 25 to 30 of table 43-1, with an accuracy of 1.23 percent scaled up by 10. */
function encoded({ m, b, bExponent, resultExponent, tolerance }: Omit<Factors, "accuracy">): Buffer {
  const [m10, b10] = [m & 0x3ff, b & 0x3ff];
  return Buffer.from([
    m10 & 0xff,
    ((m10 >> 8) << 6) | tolerance,
    b10 & 0xff,
    ((b10 >> 8) << 6) | (123 & 0x3f),
    ((123 >> 6) << 4) | (1 << 2),
    ((resultExponent & 0x0f) << 4) | (bExponent & 0x0f),
  ]);
}

describe("sensor conversion", () => {
  it("reads back all factors that bytes can hold", () => {
    fc.assert(
      fc.property(anyFactors, (some) => {
        assert.deepEqual(factorsOf(encoded(some)), { ...some, accuracy: 12.3 });
      }),
    );
  });

  it("counts raw bytes as their format says (table 43-1, byte 21)", () => {
    const read = (format: Conversion["format"], raw: number) => convert(conversion({ format }), raw);
    assert.deepEqual(
      [0, 127, 128, 255].map((raw) => read("unsigned", raw)),
      [0, 127, 128, 255],
    );
    assert.deepEqual(
      [0, 127, 128, 255].map((raw) => read("twos-complement", raw)),
      [0, 127, -128, -1],
    );
    assert.deepEqual(
      [0, 127, 128, 254, 255].map((raw) => read("ones-complement", raw)),
      [0, 127, -127, -1, 0],
    );
  });

  it("has no noise of floating point: 12.1 Volts is 12.1", () => {
    const volts = conversion({ factors: factors({ m: 63, b: 13, bExponent: 1, resultExponent: -3 }) });
    assert.equal(convert(volts, 0xbe), 12.1);
    assert.equal(
      convert(conversion({ factors: factors({ m: 10, b: -7, bExponent: -1, resultExponent: -2 }) }), 3),
      0.293,
    );
  });

  it("follows y = (M x + B 10^K1) 10^K2 for all factors (section 36.3)", () => {
    fc.assert(
      fc.property(anyFactors, fc.integer({ min: 0, max: 255 }), (some, raw) => {
        const { m, b, bExponent, resultExponent } = some;
        const exact = (m * raw + b * 10 ** bExponent) * 10 ** resultExponent;
        const size = (Math.abs(m * raw) + Math.abs(b) * 10 ** bExponent) * 10 ** resultExponent;
        const value = convert(conversion({ factors: { ...some, accuracy: 0 } }), raw) ?? NaN;
        assert.ok(Math.abs(value - exact) <= size * 1e-11, `${value} for ${exact}`);
      }),
    );
  });

  // The formulas of table 43-1, byte 24, at readings whose results are known.
  const formulas: [number, string, number, number][] = [
    [0, "linear", 5, 5],
    [1, "ln", 1, 0],
    [2, "log10", 100, 2],
    [3, "log2", 8, 3],
    [4, "e^x", 1, 2.71828182846],
    [5, "10^x", 3, 1000],
    [6, "2^x", 10, 1024],
    [7, "1/x", 4, 0.25],
    [8, "x^2", 12, 144],
    [9, "x^3", 3, 27],
    [10, "square root", 16, 4],
    [11, "cube root", 27, 3],
  ];
  for (const [linearization, name, raw, value] of formulas) {
    it(`applies formula ${linearization}, ${name}`, () => {
      assert.equal(convert(conversion({ linearization }), raw), value);
    });
  }

  it("has no value where a formula has none, or is reserved", () => {
    assert.equal(convert(conversion({ linearization: 7 }), 0), undefined);
    assert.equal(convert(conversion({ linearization: 1 }), 0), undefined);
    assert.equal(convert(conversion({ linearization: 10, format: "twos-complement" }), 0xff), undefined);
    assert.equal(convert(conversion({ linearization: 12 }), 1), undefined);
  });

  it("takes a non-linear sensor's factors of the reading, and no formula (section 36.2)", () => {
    const sensor = conversion({ linearization: 0x70, factors: factors({ m: 2 }) });
    assert.equal(convert(sensor, 10), 20);
    assert.equal(convert(sensor, 10, factors({ m: 3, b: 1 })), 31);
  });

  it("finds the raw byte of every value that a sensor can have", () => {
    const linearization = fc.integer({ min: 0, max: 11 });
    fc.assert(
      fc.property(
        anyFactors,
        anyFormat,
        linearization,
        fc.integer({ min: 0, max: 255 }),
        (some, format, formula, raw) => {
          const sensor: Conversion = { format, linearization: formula, factors: { ...some, accuracy: 0 } };
          const value = convert(sensor, raw);
          if (value === undefined) return;
          const found = nearestRaw(sensor, value);
          assert.equal(found === undefined ? undefined : convert(sensor, found), value);
        },
      ),
    );
  });

  it("rounds to the nearest raw byte and refuses what is out of range", () => {
    const fan = conversion({ factors: factors({ m: 75 }) });
    assert.equal(nearestRaw(fan, 500), 7);
    assert.equal(nearestRaw(fan, 0), 0);
    assert.equal(nearestRaw(fan, 19_126), undefined);
    assert.equal(nearestRaw(fan, -1), undefined);
    assert.equal(nearestRaw(fan, NaN), undefined);
  });
});
