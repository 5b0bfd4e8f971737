import assert from "node:assert/strict";
import * as fc from "fast-check";
import { formatSize, parseDuration, parseSize } from "../../../base/units";

describe("parseSize", () => {
  it("reads decimal and binary units as Kubernetes does", () => {
    const sizes: Record<string, number> = {
      "0": 0,
      "1000": 1000,
      "1k": 1e3,
      "2M": 2e6,
      "1Ki": 1024,
      "1.5Gi": 1.5 * 2 ** 30,
      "2Ti": 2 ** 41,
    };
    for (const [text, bytes] of Object.entries(sizes)) assert.equal(parseSize(text), bytes, text);
  });

  it("refuses what is no size, and what is no whole number of bytes", () => {
    const wrong = [
      "",
      "Gi",
      "-1Gi",
      "1 Gi",
      "1GiB",
      "1gi",
      "1KI",
      "1K",
      "0x10",
      "1e3",
      ".5Gi",
      "1.Gi",
      "0.5",
      "0.3Ki",
      "9999999Ti",
      "1Gi\n",
    ];
    for (const text of wrong) assert.equal(parseSize(text), undefined, JSON.stringify(text));
  });

  it("reads back every size that formatSize writes (property)", () => {
    const bytes = fc.oneof(
      fc.nat(),
      fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      fc.tuple(fc.nat(1023), fc.constantFrom(10, 20, 30, 40)).map(([n, power]) => n * 2 ** power),
    );
    fc.assert(fc.property(bytes, (n) => parseSize(formatSize(n)) === n));
  });
});

describe("formatSize", () => {
  it("takes the largest binary unit that divides it", () => {
    const sizes: [number, string][] = [
      [0, "0"],
      [1023, "1023"],
      [1024, "1Ki"],
      [1536 * 2 ** 30, "1536Gi"],
      [2 ** 41, "2Ti"],
    ];
    for (const [bytes, text] of sizes) assert.equal(formatSize(bytes), text);
  });
});

describe("parseDuration", () => {
  it("reads milliseconds to days", () => {
    const durations: Record<string, number> = {
      "500ms": 500,
      "90s": 90e3,
      "5m": 300e3,
      "1.5h": 5400e3,
      "14d": 14 * 86400e3,
      "0.4ms": 0,
    };
    for (const [text, ms] of Object.entries(durations)) assert.equal(parseDuration(text), ms, text);
  });

  it("refuses what has no unit, or another", () => {
    for (const text of ["", "5", "5 m", "-5m", "5M", "5min", "1h30m", "m"]) {
      assert.equal(parseDuration(text), undefined, JSON.stringify(text));
    }
  });
});
