import assert from "node:assert/strict";
import { DecodeError } from "../../../../../bare-metal/ipmi/codec/reader";
import { decodeSdr, readSdr, type SdrRecord } from "../../../../../bare-metal/ipmi/sensors/record";
import { sensorsOf } from "../../../../../bare-metal/ipmi/sensors/sensor";
import * as records from "../../../../fixtures/ipmi/sdr-records";

/** The record, if it is of that kind. */
function as<K extends SdrRecord["kind"]>(kind: K, bytes: Buffer): Extract<SdrRecord, { kind: K }> {
  const record = decodeSdr(bytes);
  assert.equal(record.kind, kind);
  return record as Extract<SdrRecord, { kind: K }>;
}

/** A copy with other bytes from an offset of the record on. */
function changed(record: Buffer, offset: number, ...bytes: number[]): Buffer {
  const copy = Buffer.from(record);
  Buffer.from(bytes).copy(copy, offset);
  return copy;
}

describe("SDRs", () => {
  it("reads a server's CPU temperature, all fields", () => {
    assert.deepEqual(as("full-sensor", records.CPU_TEMPERATURE), {
      kind: "full-sensor",
      id: 1,
      owner: { address: 0x20, software: false, channel: 0 },
      lun: 0,
      number: 1,
      entity: { id: 3, instance: 1, logical: false },
      ignoredIfAbsent: false,
      autoRearm: true,
      hysteresisAccess: "settable",
      thresholdAccess: "settable",
      type: 1,
      eventReadingType: 1,
      assertionMask: 0x7200,
      deassertionMask: 0x7200,
      readingMask: 0x3f3f,
      units: { percentage: false, base: 1, modifier: 0, relation: "none", rate: undefined },
      conversion: {
        format: "twos-complement",
        linearization: 0,
        factors: { m: 1, b: 0, bExponent: 0, resultExponent: 0, tolerance: 0, accuracy: 0 },
      },
      direction: "unspecified",
      nominal: 0x28,
      normalMaximum: 0x59,
      normalMinimum: 0xfc,
      maximum: 0x7f,
      minimum: 0x80,
      thresholds: Buffer.from([0, 0, 0, 0x5f, 0x64, 0x64]),
      positiveHysteresis: 2,
      negativeHysteresis: 2,
      name: "CPU Temp",
    });
  });

  it("reads every bit set", () => {
    const record = as("full-sensor", changed(records.CPU_TEMPERATURE, 5, ...Array<number>(43).fill(0xff)));
    assert.deepEqual(record.owner, { address: 0xfe, software: true, channel: 15 });
    assert.deepEqual(record.entity, { id: 255, instance: 127, logical: true });
    assert.equal(record.conversion, undefined, "the fourth format is a sensor without numbers");
    assert.equal(record.eventReadingType, 0x7f);
    assert.equal(record.thresholdAccess, "fixed");
  });

  it("leaves out what the record does not specify", () => {
    const record = as("full-sensor", changed(records.CPU_TEMPERATURE, 30, 0x02));
    assert.deepEqual(
      [record.nominal, record.normalMaximum, record.normalMinimum],
      [undefined, 0x59, undefined],
    );
  });

  it("reads a compact record", () => {
    const record = as("compact-sensor", records.SFP_PRESENCE);
    assert.equal(record.name, "A4:Pres SFP-1");
    assert.deepEqual(record.owner, { address: 0x82, software: false, channel: 0 });
    assert.deepEqual([record.type, record.eventReadingType, record.number], [0x21, 0x6f, 0xd3]);
    assert.equal(record.readingMask, 3);
    assert.deepEqual(record.sharing, { count: 1, modifier: "numeric", offset: 0, instances: false });
  });

  it("expands a shared record to its sensors, as the specification's example has it (table 43-2)", () => {
    const shared = (modifier: number, offset: number) =>
      sensorsOf(decodeSdr(changed(records.SFP_PRESENCE, 23, (modifier << 4) | 3, offset)));
    assert.deepEqual(
      shared(0, 5).map(({ name }) => name.slice(-2)),
      ["15", "16", "17"],
    );
    assert.deepEqual(
      shared(1, 26).map(({ name }) => name.slice(-2)),
      ["AA", "AB", "AC"],
    );
    assert.deepEqual(
      shared(1, 24).map(({ name }) => name.slice(13)),
      ["Y", "Z", "AA"],
    );
    assert.deepEqual(
      shared(0, 0).map(({ number }) => number),
      [0xd3, 0xd4, 0xd5],
    );
    assert.deepEqual(
      shared(0, 0).map(({ entity }) => entity.instance),
      [0x64, 0x64, 0x64],
    );
    assert.deepEqual(
      shared(0, 0x80).map(({ entity }) => entity.instance),
      [0x64, 0x65, 0x66],
    );
  });

  it("numbers no more sensors than a controller can have", () => {
    const last = changed(changed(records.SFP_PRESENCE, 7, 0xfd), 23, 0x0f);
    assert.deepEqual(
      sensorsOf(decodeSdr(last)).map(({ number }) => number),
      [0xfd, 0xfe],
    );
  });

  it("reads an event-only sensor, which cannot be read", () => {
    const record = as("event-only", records.POST_PROGRESS);
    assert.deepEqual(
      [record.name, record.type, record.eventReadingType, record.number],
      ["POST", 0x0f, 0x6f, 6],
    );
    assert.deepEqual(sensorsOf(record), []);
  });

  it("reads locators; a name that is shorter than it says ends with the record", () => {
    const fru = as("fru-locator", records.CONTROLLER_FRU);
    assert.deepEqual([fru.name, fru.address, fru.device, fru.logical], ["Kontron MCMC", 0x82, 3, true]);
    assert.deepEqual(fru.entity, { id: 0xc2, instance: 0x61, logical: false });
    const controller = as("controller-locator", records.CONTROLLER);
    assert.equal(controller.name, "A2:AM4220 ");
    assert.ok(
      controller.static && controller.functions.includes("sdr") && !controller.functions.includes("bridge"),
    );
  });

  it("reads associations: a range, and a list with controllers", () => {
    const unit = as("entity-association", records.POWER_UNIT);
    assert.deepEqual([unit.container.id, unit.linked], [0x13, true]);
    assert.deepEqual(
      unit.contained.map(({ id, instance }) => [id, instance]),
      [
        [0x0a, 1],
        [0x0a, 2],
        [0x0a, 3],
      ],
    );
    const list = as("entity-association", changed(records.POWER_UNIT, 7, 0x00));
    assert.deepEqual(
      list.contained.map(({ instance }) => instance),
      [1, 3],
    );
    const cooling = as("entity-association", records.COOLING_UNIT);
    assert.deepEqual(cooling.container.controller, { address: 0x20, channel: 0 });
    assert.deepEqual(
      cooling.contained.map(({ controller }) => controller),
      [
        { address: 0x20, channel: 0 },
        { address: 0x22, channel: 1 },
      ],
    );
  });

  it("reads an OEM's record, and keeps one of a type that it does not know", () => {
    const oem = as("oem", records.OEM);
    assert.deepEqual([oem.manufacturerId, oem.data.toString("hex")], [343, "deadbeef"]);
    const other = as("other", changed(records.OEM, 3, 0x14));
    assert.deepEqual([other.type, other.data.length], [0x14, 7]);
  });

  it("refuses each type when it is too short, and says so in the list", () => {
    const fixed = {
      full: 48,
      compact: 32,
      event: 17,
      association: 16,
      relative: 26,
      fru: 16,
      controller: 16,
      oem: 8,
    };
    const samples = [
      [records.CPU_TEMPERATURE, fixed.full],
      [records.SFP_PRESENCE, fixed.compact],
      [records.POST_PROGRESS, fixed.event],
      [records.POWER_UNIT, fixed.association],
      [records.COOLING_UNIT, fixed.relative],
      [records.CONTROLLER_FRU, fixed.fru],
      [records.CONTROLLER, fixed.controller],
      [records.OEM, fixed.oem],
    ] as const;
    for (const [record, length] of samples) {
      for (let cut = 0; cut < length; cut += 1) {
        assert.throws(
          () => decodeSdr(record.subarray(0, cut)),
          DecodeError,
          `type ${record[3]}, ${cut} bytes`,
        );
      }
      assert.notEqual(readSdr(record.subarray(0, length)).kind, "malformed");
      const short = readSdr(record.subarray(0, length - 1));
      assert.ok(short.kind === "malformed" && /SDR \d+ of type 0x.*too short/.test(short.problem));
    }
    assert.equal(readSdr(Buffer.alloc(1)).kind, "malformed");
  });

  it("reads no further than the record's length", () => {
    assert.deepEqual(decodeSdr(Buffer.concat([records.OEM, Buffer.from("junk")])), decodeSdr(records.OEM));
  });
});
