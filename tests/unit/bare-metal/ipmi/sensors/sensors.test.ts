import assert from "node:assert/strict";
import {
  IpmiArgumentError,
  IpmiCompletionError,
  IpmiMalformedReplyError,
  IpmiReadBackError,
  IpmiUnstableError,
} from "../../../../../bare-metal/ipmi/errors";
import { Sensors } from "../../../../../bare-metal/ipmi/sensors";
import { type SdrBmc, type SdrBmcOptions, info, sdrBmc } from "../../../../fixtures/ipmi/sdr-bmc";
import { ALL_RECORDS, CPU_TEMPERATURE, SFP_PRESENCE } from "../../../../fixtures/ipmi/sdr-records";

const READING = 0x2d;
const THRESHOLDS = 0x27;
const SET_THRESHOLDS = 0x26;

const recordsOf = (bmc: SdrBmc) => new Sensors(bmc).records();
const count = (bmc: SdrBmc, name: string) => bmc.asked.filter((each) => each === name).length;

/** A record of the BMC's own with a change at an offset. */
function temperature(change: Readonly<Record<number, number>> = {}): Buffer {
  const record = Buffer.from(CPU_TEMPERATURE);
  for (const [offset, byte] of Object.entries(change)) record.writeUInt8(byte, Number(offset));
  return record;
}

/** A BMC with one sensor, which answers sensor commands by their number. */
function oneSensor(answers: Readonly<Record<number, Buffer | number>>, record = temperature()): SdrBmc {
  return sdrBmc({
    records: [record],
    answer: ({ netFn, code }) => (netFn === 0x04 ? answers[code] : undefined),
  });
}

async function only(bmc: SdrBmc) {
  const sensors = new Sensors(bmc);
  const [sensor] = await sensors.all();
  return { sensors, sensor: sensor! };
}

describe("the reading of SDRs", () => {
  it("takes one command a record where the BMC gives records whole", async () => {
    const bmc = sdrBmc({ records: ALL_RECORDS });
    assert.equal((await recordsOf(bmc)).length, ALL_RECORDS.length);
    assert.equal(count(bmc, "Get SDR"), ALL_RECORDS.length);
    assert.equal(count(bmc, "Reserve SDR Repository"), 0);
    assert.equal(count(bmc, "Get SDR Repository Info"), 2);
  });

  it("reads the same in parts, whatever the BMC gives at a time, as large as it gives them", async () => {
    const whole = await recordsOf(sdrBmc({ records: ALL_RECORDS }));
    for (const most of [8, 9, 16, 20, 22, 31, 32, 48, 64, 254]) {
      const bmc = sdrBmc({ records: ALL_RECORDS, most });
      assert.deepEqual(await recordsOf(bmc), whole, `${most} bytes at a time`);
      assert.equal(count(bmc, "Reserve SDR Repository"), most >= 64 ? 0 : 1, `${most} bytes at a time`);
    }
    const bmc = sdrBmc({ records: [CPU_TEMPERATURE, CPU_TEMPERATURE, CPU_TEMPERATURE], most: 32 });
    await recordsOf(bmc);
    // Refused whole, a header, 64 bytes refused, twice up to 32; then twice 32 for each.
    assert.equal(count(bmc, "Get SDR"), 5 + 2 + 2);
  });

  it("is quick and right where more bytes than a record has are refused", async () => {
    const strict: SdrBmcOptions["answer"] = ({ code, data }) => {
      const record = ALL_RECORDS[Math.max(0, data.length === 6 ? data.readUInt16LE(2) - 1 : 0)];
      const tooMany = code === 0x23 && data.readUInt8(4) + data.readUInt8(5) > (record?.length ?? 0);
      return tooMany ? 0xca : undefined;
    };
    const bmc = sdrBmc({ records: ALL_RECORDS, answer: strict });
    assert.deepEqual(await recordsOf(bmc), await recordsOf(sdrBmc({ records: ALL_RECORDS })));
  });

  it("starts a record again when the reservation is lost, and gives up when it is always lost", async () => {
    let lost = 3;
    const flaky = sdrBmc({
      records: ALL_RECORDS,
      most: 16,
      answer: ({ code, data }) =>
        code === 0x23 && data.readUInt8(4) > 0 && (lost -= 1) >= 0 ? 0xc5 : undefined,
    });
    assert.deepEqual(await recordsOf(flaky), await recordsOf(sdrBmc({ records: ALL_RECORDS })));
    assert.equal(count(flaky, "Reserve SDR Repository"), 4);
    const hopeless = sdrBmc({
      records: ALL_RECORDS,
      most: 16,
      answer: ({ code, data }) => (code === 0x23 && data.readUInt8(4) > 0 ? 0xc5 : undefined),
    });
    await assert.rejects(
      recordsOf(hopeless),
      (error) => error instanceof IpmiCompletionError && error.code === 0xc5,
    );
    assert.ok(hopeless.asked.length < 50, `${hopeless.asked.length} commands`);
  });

  it("reads in parts without a reservation where the BMC knows none", async () => {
    const plain = sdrBmc({
      records: [CPU_TEMPERATURE],
      most: 16,
      answer: ({ code, data }) => {
        if (code === 0x22) return 0xc1;
        if (code !== 0x23 || data.readUInt8(4) === 0 || data.readUInt8(5) > 16) return undefined;
        assert.equal(data.readUInt16LE(0), 0);
        const [offset, length] = [data.readUInt8(4), data.readUInt8(5)];
        return Buffer.concat([Buffer.from([0xff, 0xff]), CPU_TEMPERATURE.subarray(offset, offset + length)]);
      },
    });
    assert.deepEqual(await recordsOf(plain), await recordsOf(sdrBmc({ records: [CPU_TEMPERATURE] })));
  });

  it("ends with an error where ids repeat or never end", async () => {
    const loop = sdrBmc({ records: ALL_RECORDS, next: (index) => (index === 3 ? 2 : index + 2) });
    await assert.rejects(recordsOf(loop), /Get SDR: malformed answer: record 2 follows itself/);
    const self = sdrBmc({ records: ALL_RECORDS, next: () => 0 });
    await assert.rejects(recordsOf(self), IpmiMalformedReplyError);
    let id = 0;
    const endless = sdrBmc({
      records: ALL_RECORDS,
      answer: ({ code }) =>
        code === 0x23
          ? Buffer.concat([Buffer.from([(id += 1) & 0xff, id >> 8]), CPU_TEMPERATURE])
          : undefined,
    });
    await assert.rejects(recordsOf(endless), /more than 4096 records/);
  });

  it("keeps the other records where one lies about its length or has no bytes", async () => {
    const lying = Buffer.from(SFP_PRESENCE);
    lying.writeUInt8(0xff, 4);
    for (const most of [255, 16]) {
      const bmc = sdrBmc({
        records: [CPU_TEMPERATURE, lying, CPU_TEMPERATURE, CPU_TEMPERATURE.subarray(0, 20)],
        most,
      });
      const kinds = (await recordsOf(bmc)).map((record) => record.kind);
      assert.deepEqual(
        kinds,
        ["full-sensor", "compact-sensor", "full-sensor", "malformed"],
        `${most} bytes at a time`,
      );
    }
    await assert.rejects(recordsOf(sdrBmc({ records: [Buffer.alloc(3)] })), /record 0 has no header/);
  });

  it("finds an empty repository empty", async () => {
    assert.deepEqual(await recordsOf(sdrBmc({})), []);
  });

  it("reads again when records changed meanwhile, and says so when they always do", async () => {
    let readings = 0;
    const once = sdrBmc({
      records: ALL_RECORDS,
      answer: ({ code }) =>
        code === 0x20 ? info(8, 1_700_000_000 + Math.min(1, (readings += 1) - 1)) : undefined,
    });
    assert.equal((await recordsOf(once)).length, 8);
    assert.equal(count(once, "Get SDR"), 16);
    let clock = 1_700_000_000;
    const always = sdrBmc({
      answer: ({ code }) => {
        if (code === 0x20) return info(1, (clock += 1));
        return Buffer.concat([Buffer.from([0xff, 0xff]), temperature({ 7: clock & 0x7f })]);
      },
    });
    await assert.rejects(recordsOf(always), IpmiUnstableError);
  });

  it("takes records that stay, though the BMC tells another time at each question", async () => {
    let clock = 1_700_000_000;
    const bmc = sdrBmc({
      records: ALL_RECORDS,
      answer: ({ code }) => (code === 0x20 ? info(8, (clock += 1)) : undefined),
    });
    assert.equal((await recordsOf(bmc)).length, 8);
    assert.equal(count(bmc, "Get SDR"), 16);
  });

  it("reads records once, and again after they changed", async () => {
    let added = 1_700_000_000;
    const bmc = sdrBmc({
      records: ALL_RECORDS,
      answer: ({ code }) => (code === 0x20 ? info(8, added) : undefined),
    });
    const sensors = new Sensors(bmc);
    await sensors.records();
    await sensors.records();
    assert.equal(count(bmc, "Get SDR"), 8);
    added += 60;
    await sensors.records();
    assert.equal(count(bmc, "Get SDR"), 16);
  });

  it("asks the device where there is no repository, and tells other refusals", async () => {
    const device = sdrBmc({
      answer: ({ netFn, code }) => {
        if (netFn !== 0x04) return 0xc1;
        if (code === 0x20) return Buffer.from([1, 0x01]);
        return Buffer.concat([Buffer.from([0xff, 0xff]), CPU_TEMPERATURE]);
      },
    });
    assert.deepEqual(
      (await recordsOf(device)).map((record) => record.kind),
      ["full-sensor"],
    );
    await assert.rejects(recordsOf(sdrBmc({ answer: () => 0xd5 })), IpmiCompletionError);
  });
});

describe("the reading of sensors", () => {
  it("asks a non-linear sensor for the factors of its reading", async () => {
    const answers = { [READING]: Buffer.from("1ec000", "hex"), 0x23: Buffer.from("ff0300010000f0", "hex") };
    const { sensors, sensor } = await only(oneSensor(answers, temperature({ 23: 0x70 })));
    // M = 3, B = 1, R exponent -1: (3 x 30 + 1) / 10.
    assert.equal((await sensors.read(sensor)).value, 9.1);
  });

  it("gives no value while the BMC has none", async () => {
    const bmc = oneSensor({ [READING]: Buffer.from("1ee000", "hex") }, temperature({ 23: 0x70 }));
    const { sensors, sensor } = await only(bmc);
    const reading = await sensors.read(sensor);
    assert.equal(count(bmc, "Get Sensor Reading Factors"), 0);
    assert.deepEqual(
      [reading.value, reading.unit, reading.health, reading.missing],
      [undefined, undefined, "unknown", "no reading now"],
    );
  });

  it("takes the worst of several thresholds", async () => {
    const { sensors, sensor } = await only(oneSensor({ [READING]: Buffer.from("60c0d8", "hex") }));
    const reading = await sensors.read(sensor);
    assert.equal(reading.health, "critical");
    assert.deepEqual(reading.states, [
      "at or above upper non-critical threshold",
      "at or above upper critical threshold",
    ]);
  });

  it("lists a sensor with states that names a unit with its number", async () => {
    const { sensors } = await only(
      oneSensor({ [READING]: Buffer.from("2ac00100", "hex") }, temperature({ 13: 0x08 })),
    );
    const [reading] = await sensors.list();
    assert.deepEqual([reading?.value, reading?.unit, reading?.states], [42, "degrees C", ["Device Absent"]]);
  });

  it("asks the controller that owns a sensor, by its address and channel", async () => {
    for (const [owner, where] of [
      [{ 5: 0x2c }, "0x2c, channel 0"],
      [{ 5: 0x2c, 6: 0x60 }, "0x2c, channel 6"],
      [{ 6: 0x70 }, "0x20, channel 7"],
    ] as const) {
      const bmc = oneSensor({ [READING]: Buffer.from("2ac00000", "hex") }, temperature(owner));
      const { sensors, sensor } = await only(bmc);
      assert.equal((await sensors.read(sensor)).value, 42);
      assert.equal((await sensors.list())[0]?.value, 42);
      assert.equal(count(bmc, "Get Sensor Reading"), 0);
      assert.equal(count(bmc, `Get Sensor Reading at ${where}`), 2);
    }
  });

  it("asks no controller for a sensor of system software", async () => {
    const bmc = oneSensor({ [READING]: Buffer.from("2ac00000", "hex") }, temperature({ 5: 0x21 }));
    const { sensors, sensor } = await only(bmc);
    await assert.rejects(sensors.read(sensor), IpmiArgumentError);
    const [reading] = await sensors.list();
    assert.equal(reading?.value, undefined);
    assert.match(reading?.missing ?? "", /system software/);
    assert.equal(bmc.asked.filter((name) => name.startsWith("Get Sensor Reading")).length, 0);
  });

  it("lets what is no refusal of one sensor through", async () => {
    const bmc = oneSensor({ [READING]: Buffer.alloc(0) });
    await assert.rejects(new Sensors(bmc).list(), /too short/);
  });
});

describe("the setting of thresholds", () => {
  const held = Buffer.from("3f030201505560", "hex");

  it("fails where another value reads back", async () => {
    const { sensors, sensor } = await only(
      oneSensor({ [THRESHOLDS]: held, [SET_THRESHOLDS]: Buffer.alloc(0) }),
    );
    await assert.rejects(sensors.setThresholds(sensor, { upperCritical: 90 }), (error) => {
      assert.ok(error instanceof IpmiReadBackError);
      assert.match(error.message, /CPU Temp: set upperCritical, and another value reads back/);
      return true;
    });
  });

  it("sets those that are named and no other", async () => {
    let sent = "";
    let after = held;
    const bmc = sdrBmc({
      records: [temperature()],
      answer: ({ code, data, netFn }) => {
        if (netFn !== 0x04) return undefined;
        if (code === THRESHOLDS) return after;
        sent = data.toString("hex");
        after = Buffer.from("3f030201505a60", "hex");
        return Buffer.alloc(0);
      },
    });
    const { sensors, sensor } = await only(bmc);
    const set = await sensors.setThresholds(sensor, { upperCritical: 90 });
    assert.equal(sent, "0110000000005a00");
    assert.equal(set.upperCritical, 90);
  });

  it("minds neighbours that can be set, not those that cannot", async () => {
    const zeros = Buffer.from("3f000000005500", "hex");
    // Byte 20 of the record: of the upper thresholds, critical alone can be set.
    const { sensors, sensor } = await only(
      oneSensor({ [THRESHOLDS]: zeros, [SET_THRESHOLDS]: 0xd5 }, temperature({ 19: 0x17 })),
    );
    await assert.rejects(
      sensors.setThresholds(sensor, { lowerCritical: 90 }),
      /lowerCritical = 90 above lowerNonCritical = 0/,
    );
    await assert.rejects(sensors.setThresholds(sensor, { upperCritical: 90 }), IpmiCompletionError);
  });

  it("sends nothing for a sensor without settable thresholds, without numbers, or non-linear, nor for no threshold or NaN", async () => {
    for (const record of [
      temperature(),
      temperature({ 11: 0x64 }),
      temperature({ 20: 0xc0 }),
      temperature({ 23: 0x70 }),
    ]) {
      const bmc = oneSensor({ [THRESHOLDS]: held, [SET_THRESHOLDS]: Buffer.alloc(0) }, record);
      const { sensors, sensor } = await only(bmc);
      const wanted = record.equals(temperature()) ? NaN : 90;
      await assert.rejects(sensors.setThresholds(sensor, { upperCritical: wanted }), IpmiArgumentError);
      await assert.rejects(sensors.setThresholds(sensor, {}), IpmiArgumentError);
      assert.equal(count(bmc, "Set Sensor Thresholds"), 0);
    }
  });
});
