import assert from "node:assert/strict";
import { DecodeError } from "../../../../../bare-metal/ipmi/codec/reader";
import type { Command } from "../../../../../bare-metal/ipmi/messages/command";
import { getDeviceSdrInfo } from "../../../../../bare-metal/ipmi/messages/device-sdr-info";
import { getDeviceSdr, getSdr } from "../../../../../bare-metal/ipmi/messages/get-sdr";
import { getSdrRepositoryInfo } from "../../../../../bare-metal/ipmi/messages/sdr-repository-info";
import { getSensorEventEnable } from "../../../../../bare-metal/ipmi/messages/sensor-event-enable";
import { getSensorHysteresis } from "../../../../../bare-metal/ipmi/messages/sensor-hysteresis";
import { getSensorReading } from "../../../../../bare-metal/ipmi/messages/sensor-reading";
import { getSensorReadingFactors } from "../../../../../bare-metal/ipmi/messages/sensor-reading-factors";
import {
  getSensorThresholds,
  setSensorThresholds,
} from "../../../../../bare-metal/ipmi/messages/sensor-thresholds";

const decode = <T>(command: Command<T>, hex: string): T => command.decode(Buffer.from(hex, "hex"));
const sent = ({ netFn, code, lun = 0, data }: Command<unknown>) => [netFn, code, lun, data.toString("hex")];

function refusesShorterThan(command: Command<unknown>, hex: string): void {
  for (let length = 0; length < hex.length; length += 2) {
    assert.throws(() => decode(command, hex.slice(0, length)), DecodeError, `${length / 2} bytes`);
  }
}

describe("Get SDR Repository Info (table 33-3)", () => {
  // ipmi_sim of OpenIPMI 2.0.33; `ipmitool sdr info` prints 40 records, no times, reservations supported.
  const recorded = "512800feffb03b00000000000002";

  it("reads what ipmi_sim sent", () => {
    const info = decode(getSdrRepositoryInfo, recorded);
    assert.deepEqual([info.version, info.records, info.freeBytes], ["1.5", 40, 0xfffe]);
    assert.deepEqual(info.lastAdded, { at: undefined, sinceStart: 0x3bb0 });
    assert.deepEqual([info.overflow, info.supports], [false, ["reserve"]]);
  });

  it("reads times of a clock that is set", () => {
    const { lastAdded } = decode(getSdrRepositoryInfo, recorded.replace("b03b0000", "00f15365"));
    assert.equal(lastAdded.at, "2023-11-14T22:13:20Z");
  });

  it("reads every bit set", () => {
    const info = decode(getSdrRepositoryInfo, "ff".repeat(14));
    assert.equal(info.freeBytes, undefined);
    assert.equal(info.overflow, true);
    assert.deepEqual(info.supports, [
      "allocation-info",
      "reserve",
      "partial-add",
      "delete",
      "non-modal-update",
      "modal-update",
    ]);
  });

  it("refuses what is too short", () => refusesShorterThan(getSdrRepositoryInfo, recorded));
});

describe("Get Device SDR Info (table 35-2)", () => {
  it("reads a device whose sensors stay, and one whose sensors come and go", () => {
    const fixed = { records: 40, dynamic: false, luns: [0], changes: undefined };
    assert.deepEqual(decode(getDeviceSdrInfo, "2801"), fixed);
    const changes = 0x78563412;
    assert.deepEqual(decode(getDeviceSdrInfo, "028f12345678"), {
      records: 2,
      dynamic: true,
      luns: [0, 1, 2, 3],
      changes,
    });
  });

  it("asks for the number of records, not of sensors", () => {
    assert.deepEqual(sent(getDeviceSdrInfo), [0x04, 0x20, 0, "01"]);
  });

  it("refuses what is too short", () => refusesShorterThan(getDeviceSdrInfo, "028f12345678"));
});

describe("Get SDR (tables 33-6 and 35-3)", () => {
  const range = { reservation: 0x1234, id: 0x0102, offset: 5, count: 32 };

  it("is asked least significant byte first", () => {
    assert.deepEqual(sent(getSdr(range)), [0x0a, 0x23, 0, "341202010520"]);
    assert.deepEqual(sent(getDeviceSdr(range)), [0x04, 0x21, 0, "341202010520"]);
  });

  it("reads the next record and any number of bytes", () => {
    assert.deepEqual(decode(getSdr(range), "ffff"), { next: 0xffff, bytes: Buffer.alloc(0) });
    assert.deepEqual(decode(getSdr(range), "0200aabb"), { next: 2, bytes: Buffer.from("aabb", "hex") });
    refusesShorterThan(getSdr(range), "0200");
  });

  it("says 80h of a device in words", () => {
    assert.match(getDeviceSdr(range).completionCodes?.[0x80] ?? "", /changed/);
  });
});

describe("Get Sensor Reading (table 35-15)", () => {
  const reading = getSensorReading(7, 1);

  it("is asked of the sensor's logical unit", () => assert.deepEqual(sent(reading), [0x04, 0x2d, 1, "07"]));

  it("reads with and without states", () => {
    const base = { eventsEnabled: true, scanningEnabled: true, unavailable: false };
    assert.deepEqual(decode(reading, "17c0"), { value: 0x17, ...base, states: 0 });
    assert.deepEqual(decode(reading, "17c0c8"), { value: 0x17, ...base, states: 0xc8 });
    assert.deepEqual(decode(reading, "00c00180"), { value: 0, ...base, states: 1 });
    assert.deepEqual(decode(reading, "00c000ff"), { value: 0, ...base, states: 0x7f00 });
  });

  it("reads a sensor that gives nothing", () => {
    const { scanningEnabled, unavailable } = decode(reading, "0020");
    assert.deepEqual([scanningEnabled, unavailable], [false, true]);
  });

  it("refuses what is too short", () => refusesShorterThan(reading, "17c0"));
});

describe("Sensor Thresholds (tables 35-8 and 35-9)", () => {
  it("reads mask and values, and sends them in the same order", () => {
    const read = decode(getSensorThresholds(4, 2), "ff060504030201");
    assert.deepEqual(read, { mask: 0x3f, values: Buffer.from("060504030201", "hex") });
    assert.deepEqual(sent(setSensorThresholds(4, 2, read)), [0x04, 0x26, 2, "043f060504030201"]);
    assert.deepEqual(sent(getSensorThresholds(4, 2)), [0x04, 0x27, 2, "04"]);
  });

  it("refuses what is too short", () => refusesShorterThan(getSensorThresholds(4, 0), "ff060504030201"));
});

describe("Get Sensor Reading Factors (table 35-5)", () => {
  const factors = getSensorReadingFactors(3, 0, 0x80);

  it("asks with the reading, reads the factors' bytes", () => {
    assert.deepEqual(sent(factors), [0x04, 0x23, 0, "0380"]);
    assert.deepEqual(decode(factors, "81010203040506"), {
      next: 0x81,
      factors: Buffer.from("010203040506", "hex"),
    });
  });

  it("refuses what is too short", () => refusesShorterThan(factors, "81010203040506"));
});

describe("Get Sensor Hysteresis (table 35-7)", () => {
  it("asks with the reserved mask, reads both values", () => {
    assert.deepEqual(sent(getSensorHysteresis(9, 3)), [0x04, 0x25, 3, "09ff"]);
    assert.deepEqual(decode(getSensorHysteresis(9, 3), "0201"), { positive: 2, negative: 1 });
    refusesShorterThan(getSensorHysteresis(9, 3), "0201");
  });
});

describe("Get Sensor Event Enable (table 35-11)", () => {
  const enable = getSensorEventEnable(5, 0);

  it("reads from one byte to five", () => {
    const read = (hex: string) => {
      const { events, scanning, assertions, deassertions } = decode(enable, hex);
      return [events, scanning, assertions, deassertions];
    };
    assert.deepEqual(read("40"), [false, true, 0, 0]);
    assert.deepEqual(read("c001"), [true, true, 1, 0]);
    assert.deepEqual(read("800102"), [true, false, 0x0201, 0]);
    assert.deepEqual(read("c0010203"), [true, true, 0x0201, 3]);
    assert.deepEqual(read("c0ffffffff"), [true, true, 0x7fff, 0x7fff]);
  });

  it("refuses what is too short", () => refusesShorterThan(enable, "c0"));
});
