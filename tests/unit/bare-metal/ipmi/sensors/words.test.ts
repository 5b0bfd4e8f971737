import assert from "node:assert/strict";
import fc from "fast-check";
import { readerOf } from "../../../../../bare-metal/ipmi/codec/reader";
import { entityInWords, entityLabel } from "../../../../../bare-metal/ipmi/sensors/entities";
import { readIdString } from "../../../../../bare-metal/ipmi/sensors/id-string";
import { sensorTypeInWords } from "../../../../../bare-metal/ipmi/sensors/sensor-types";
import { stateHealth, stateInWords, worstHealth } from "../../../../../bare-metal/ipmi/sensors/states";
import { unitsInWords, unitsOf } from "../../../../../bare-metal/ipmi/sensors/units";

const byte = fc.integer({ min: 0, max: 255 });

describe("words of sensors", () => {
  it("finds words for every number", () => {
    fc.assert(
      fc.property(byte, byte, fc.integer({ min: 0, max: 14 }), (a, b, offset) => {
        const words = [stateInWords(a & 0x7f, b, offset), sensorTypeInWords(a), entityInWords(b)];
        assert.ok(words.every((text) => text.length > 1));
        assert.ok(["ok", "warning", "critical", "unknown"].includes(stateHealth(a & 0x7f, b, offset)));
      }),
    );
  });

  // The last of each row, so that a row with one too many or one missing shows (tables 42-2 and 42-3).
  const states: [number, number, number, string, string][] = [
    [0x01, 1, 0x0b, "Upper Non-recoverable - going high", "critical"],
    [0x02, 1, 2, "Transition to Busy", "ok"],
    [0x07, 1, 8, "Informational", "ok"],
    [0x0a, 1, 8, "Install Error", "critical"],
    [0x0b, 1, 7, "Redundancy Degraded from Non-redundant", "warning"],
    [0x0c, 1, 3, "D3 Power State", "ok"],
    [0x6f, 0x05, 6, "Fan area intrusion", "critical"],
    [0x6f, 0x07, 0x0c, "Correctable Machine Check Error", "warning"],
    [0x6f, 0x08, 7, "Power Supply Inactive (in standby state)", "ok"],
    [0x6f, 0x0c, 0x0a, "Critical Overtemperature", "critical"],
    [0x6f, 0x0d, 8, "Rebuild/Remap Aborted", "critical"],
    [0x6f, 0x10, 6, "Correctable Machine Check Error Logging Disabled", "warning"],
    [0x6f, 0x13, 0x0b, "Bus Degraded", "warning"],
    [0x6f, 0x1f, 0x0a, "Base OS/Hypervisor Installation failed", "critical"],
    [0x6f, 0x21, 9, "Slot holds spare device", "ok"],
    [0x6f, 0x22, 0x0e, "Unknown", "unknown"],
    [0x6f, 0x23, 8, "Timer interrupt", "warning"],
    [0x6f, 0x2b, 7, "Software or F/W Change detected with associated Entity was successful", "ok"],
    [0x6f, 0x2c, 7, "FRU Communication Lost", "critical"],
  ];
  for (const [reading, type, offset, words, health] of states) {
    it(`says "${words}" and means ${health}`, () => {
      assert.equal(stateInWords(reading, type, offset), words);
      assert.equal(stateHealth(reading, type, offset), health);
    });
  }

  it("tells reserved states from an OEM's", () => {
    assert.equal(stateInWords(0x6f, 0x23, 5), "reserved state 5");
    assert.equal(stateInWords(0x71, 1, 3), "OEM state 3");
    assert.equal(stateHealth(0x71, 1, 3), "unknown");
    assert.equal(sensorTypeInWords(0xc1), "OEM sensor type 0xc1");
    assert.equal(sensorTypeInWords(0x2d), "reserved sensor type 0x2d");
  });

  it("takes the worst health of several", () => {
    assert.equal(worstHealth([]), "ok");
    assert.equal(worstHealth(["ok", "unknown"]), "unknown");
    assert.equal(worstHealth(["unknown", "warning", "ok"]), "warning");
    assert.equal(worstHealth(["warning", "critical"]), "critical");
  });

  it("names entities (table 43-13), also those that DCMI numbered again", () => {
    assert.deepEqual(
      [0x03, 0x0a, 0x1d, 0x35, 0x36, 0x37, 0x40, 0x41, 0x42, 0x95, 0xb1, 0xff].map(entityInWords),
      [
        "processor",
        "power supply",
        "fan",
        "real time clock",
        "reserved entity 0x36",
        "air inlet",
        "air inlet",
        "processor",
        "system board",
        "chassis-specific entity 0x95",
        "board-set specific entity 0xb1",
        "OEM entity 0xff",
      ],
    );
    assert.equal(entityLabel({ id: 0x0a, instance: 2, logical: false }), "power supply 2");
    assert.equal(
      entityLabel({ id: 0x0a, instance: 0x61, logical: false }),
      "power supply 1 of its controller",
    );
  });

  it("joins units (table 43-1, bytes 21 to 23)", () => {
    const words = (flags: number, base: number, modifier = 0) => unitsInWords(unitsOf(flags, base, modifier));
    assert.equal(words(0, 18), "RPM");
    assert.equal(words(0, 92), "grams");
    assert.equal(words(0, 93), "reserved unit 93");
    assert.equal(words(0, 0), undefined);
    assert.equal(words(0x01, 0), "percent");
    assert.equal(words(0x02, 72, 22), "megabyte / second");
    assert.equal(words(0x04, 6, 24), "Watts * hour");
    assert.equal(words(3 << 3, 70), "byte per second");
    assert.equal(words(0x01 | (5 << 3), 0), "percent per hour");
  });

  it("reads ID strings of all four kinds (section 43.15)", () => {
    const read = (hex: string) => readIdString(readerOf(Buffer.from(hex, "hex"), "test"));
    assert.equal(read("c4494e2031"), "IN 1");
    assert.equal(read("8429dca6"), "IPMI", "figure 43-1");
    assert.equal(read("4521436b"), "1234-");
    assert.equal(read("046100b500"), "aµ");
    assert.equal(read("c6414200000000"), "AB", "padded");
    assert.equal(read("c0"), "");
    assert.equal(read("df4142"), "AB", "longer than it is");
    assert.throws(() => read(""), /too short/);
  });
});
