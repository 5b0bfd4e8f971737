import assert from "node:assert/strict";
import { IpmiArgumentError, withIpmi } from "../../../../bare-metal/ipmi";
import type { CommandRunner } from "../../../../bare-metal/ipmi/messages/runner";
import { entityInWords, sensorTypeInWords, Sensors, THRESHOLDS } from "../../../../bare-metal/ipmi/sensors";
import { type SimulatedBmc, startIpmiSim } from "../../../fixtures/ipmi/ipmi-sim";
import { asIpmitoolPrints, printedTable } from "../../../fixtures/ipmi/printed";
import { type Scratch, scratchFolder } from "../../../fixtures/scratch";

describe("sensors against ipmi_sim, with ipmitool and FreeIPMI as oracles", function () {
  this.timeout(120_000);
  let bmc: SimulatedBmc;
  let scratch: Scratch;
  const ask = <T>(work: (sensors: Sensors, runner: CommandRunner) => Promise<T>) =>
    withIpmi(bmc.target, (ipmi) => work(ipmi.sensors, ipmi));

  before(async () => {
    scratch = scratchFolder("sensors");
    bmc = await startIpmiSim("127.81.1.1");
  });
  after(async () => {
    scratch.remove();
    await bmc?.stop();
  });

  it("reads every value that ipmitool reads, in the same unit, and no other", async () => {
    const oracle = printedTable(await bmc.ipmitool("sensor"), "|");
    const readings = await withIpmi({ ...bmc.target, privilege: "user" }, (ipmi) => ipmi.sensors.list());
    const analog = oracle.filter(([, , unit]) => unit !== "discrete");
    const ours = readings.filter(({ sensor }) => sensor.eventReadingType === 1);
    // ipmitool writes a product without blanks and leaves the rate out.
    const unit = (words = "") => words.replace(" * ", "*").replace(/ per second$/, "");
    assert.deepEqual(
      ours.map((reading) => [reading.name, asIpmitoolPrints(reading.value), unit(reading.unit)]),
      analog.map(([name, value, words]) => [name, value, words]),
    );
    assert.ok(ours.filter((reading) => reading.value !== undefined).length >= 23);
  });

  it("sees the same thresholds reached, and reads the same thresholds", async () => {
    const oracle = printedTable(await bmc.ipmitool("sensor"), "|").filter(
      ([, , unit]) => unit !== "discrete",
    );
    // Columns four to nine, and the short form of what is reached.
    const columns = [
      "lowerNonRecoverable",
      "lowerCritical",
      "lowerNonCritical",
      ...THRESHOLDS.slice(3),
    ] as const;
    const health: Readonly<Record<string, string>> = {
      ok: "ok",
      nc: "warning",
      cr: "critical",
      nr: "critical",
      na: "unknown",
    };
    await ask(async (sensors) => {
      const readings = (await sensors.list()).filter(({ sensor }) => sensor.eventReadingType === 1);
      for (const [at, reading] of readings.entries()) {
        const [name, , , status, ...thresholds] = oracle[at] as [string, string, string, string, ...string[]];
        assert.equal(reading.health, health[status], name);
        if (reading.value === undefined || reading.sensor.readable.length === 0) continue;
        const values = await sensors.thresholds(reading.sensor);
        assert.deepEqual(
          columns.map((column) => asIpmitoolPrints(values[column])),
          thresholds,
          name,
        );
      }
    });
  });

  it("says the states of discrete sensors in FreeIPMI's words, shared records sensor by sensor", async () => {
    const text = await bmc.freeipmi(
      "ipmi-sensors",
      ...[
        "--shared-sensors",
        "--comma-separated-output",
        "--no-header-output",
        "--quiet-cache",
        `--sdr-cache-directory=${scratch.dir}`,
        "--output-sensor-state",
      ],
    );
    const oracle = printedTable(text, ",").filter(([, , , , , , event]) => event?.startsWith("'"));
    const readings = await ask((sensors) => sensors.list());
    const discrete = readings.filter(
      ({ sensor }) => sensor.eventReadingType === 0x6f || sensor.eventReadingType === 0x0b,
    );
    assert.equal(discrete.length, 8);
    for (const reading of discrete) {
      // FreeIPMI puts a blank before the modifier, and calls both sensors that share `CPU ` by letters `A`.
      const name = reading.name.replace(/ (\d)$/, "  $1").replace(/ A[AB]$/, "  A");
      const [, , type, state, , , event] = oracle.find(([, each]) => each === name) ?? [];
      assert.equal(reading.states.map((words) => `'${words}'`).join(" ") || "'OK'", event, reading.name);
      assert.equal(reading.type, type);
      if (reading.name !== "Drive") {
        assert.equal(
          reading.health,
          { Nominal: "ok", Warning: "warning", Critical: "critical" }[state ?? ""],
          reading.name,
        );
      }
    }
  });

  it("calls sensor types what FreeIPMI calls them", async () => {
    const plain = (words: string) => words.toLowerCase().replace(/[^a-z0-9]+/g, "_");
    const oracle = (await bmc.freeipmi("ipmi-sensors", "-L")).trim().split("\n").map(plain);
    const ours = Array.from({ length: 0x2c }, (_, n) => plain(sensorTypeInWords(n + 1)));
    assert.deepEqual(ours, oracle.slice(0, 0x2c));
  });

  it("lists the records that ipmitool lists, of the same entities", async () => {
    const oracle = printedTable(await bmc.ipmitool("sdr", "elist", "all"), "|");
    const records = await ask((sensors) => sensors.records());
    const named = records.filter((record) => "name" in record);
    const ids = Object.fromEntries(named.map((record) => [record.name.trim(), record]));
    assert.equal(named.length, oracle.length);
    for (const [name = "", number = "", , place = ""] of oracle) {
      const record = ids[name];
      assert.ok(record, name);
      assert.equal(`${record.entity.id}.${record.entity.instance}`, place, name);
      if ("number" in record) assert.equal(record.number, parseInt(number, 16), name);
    }
    const association = records.find((record) => record.kind === "entity-association");
    assert.deepEqual(
      association?.contained.map(({ id, instance }) => `${entityInWords(id)} ${instance}`),
      ["power supply 1", "power supply 2", "power supply 3"],
    );
    assert.deepEqual(records.find((record) => record.kind === "oem")?.manufacturerId, 343);
    assert.deepEqual(
      records.filter((record) => record.kind === "malformed" || record.kind === "other"),
      [],
    );
  });

  it("reads factors, hysteresis and event enables as ipmitool does", async () => {
    await ask(async (sensors) => {
      const sensor = (await sensors.all()).find(({ name }) => name === "P12V")!;
      const text = await bmc.ipmitool("sensor", "get", "P12V");
      const field = (name: string) => new RegExp(`${name}\\s*: (.*)`).exec(text)?.[1]?.trim();
      assert.equal(field("Sensor ID"), `P12V (0x${sensor.number.toString(16)})`);
      const { positive, negative } = await sensors.hysteresis(sensor);
      assert.deepEqual([positive, negative], [2, 1]);
      const scale = ({ m, resultExponent }: { m: number; resultExponent: number }, counts: number) =>
        (m * counts * 10 ** resultExponent).toFixed(3);
      const { factors } = sensor.conversion!;
      assert.deepEqual(
        [field("Positive Hysteresis"), field("Negative Hysteresis")],
        [scale(factors, 2), scale(factors, 1)],
      );
      const raw = (await bmc.ipmitool("raw", "4", "0x29", String(sensor.number))).trim();
      const events = await sensors.events(sensor);
      assert.equal(raw, "c0 ff 7f ff 7f");
      assert.deepEqual(events, { events: true, scanning: true, assertions: 0x7fff, deassertions: 0x7fff });
    });
  });

  it("sets thresholds, and ipmitool sees them; refuses what the sensor cannot hold, and a wrong order", async () => {
    await ask(async (sensors) => {
      const all = await sensors.all();
      const fan = all.find(({ name }) => name === "FAN 1")!;
      const set = await sensors.setThresholds(fan, { lowerCritical: 500, lowerNonCritical: 700 });
      // A fan of 75 RPM a count.
      assert.deepEqual(set, { lowerNonCritical: 675, lowerCritical: 525, lowerNonRecoverable: 300 });
      const row = printedTable(await bmc.ipmitool("sensor"), "|").find(([name]) => name === "FAN 1");
      assert.deepEqual(row?.slice(4, 7), ["300.000", "525.000", "675.000"]);
      const refused = (wanted: object, problem: RegExp) =>
        assert.rejects(sensors.setThresholds(fan, wanted), (error: unknown) => {
          assert.ok(error instanceof IpmiArgumentError);
          assert.match(error.message, problem);
          return true;
        });
      await refused({ lowerCritical: 1e6 }, /FAN 1: lowerCritical = 1000000 RPM is out of its range/);
      await refused({ upperCritical: 500 }, /FAN 1: upperCritical cannot be set.*lowerNonCritical/);
      await refused({ lowerCritical: 6000 }, /lowerCritical = 6000 above lowerNonCritical = 675/);
      assert.deepEqual(await sensors.thresholds(fan), set, "what was refused changed nothing");
    });
  });

  it("says why a sensor gives no reading, and reads the others", async () => {
    const readings = await ask((sensors) => sensors.list());
    const missing = (name: string) => readings.find((reading) => reading.name === name)?.missing;
    assert.match(missing("Not scanned") ?? "", /switched off/);
    assert.match(missing("Not there") ?? "", /completion code 0xcc/);
    assert.match(missing("ME Temp") ?? "", /controller 0x2c, channel 0: .*NAK on write/);
    assert.match(missing("Non-linear") ?? "", /completion code 0xc1/);
    assert.equal(readings.find(({ name }) => name === "On LUN 1")?.value, 55);
    assert.equal(readings.filter((reading) => reading.missing === undefined).length, readings.length - 4);
  });

  it("reads records once, then one command a sensor", async () => {
    await ask(async (_, ipmi) => {
      const names: string[] = [];
      const counting: CommandRunner = {
        label: ipmi.label,
        run: (command) => (names.push(command.name), ipmi.run(command)),
      };
      const sensors = new Sensors(counting);
      const first = await sensors.list();
      names.length = 0;
      assert.deepEqual(await sensors.list(), first);
      const asked = first.filter(({ sensor }) => sensor.owner.address === 0x20).length;
      assert.equal(names.filter((name) => name === "Get Sensor Reading").length, asked);
      assert.deepEqual(
        names.filter((name) => name !== "Get Sensor Reading"),
        ["Get SDR Repository Info", "Get Sensor Reading Factors", "Get Sensor Reading at 0x2c, channel 0"],
      );
    });
  });

  it("gets through while others read the same repository, each with reservations of their own", async () => {
    const [ours, too, theirs] = await Promise.all([
      ask((sensors) => sensors.records()),
      ask((sensors) => sensors.records()),
      bmc.ipmitool("sdr", "elist", "all"),
    ]);
    assert.deepEqual(ours, too);
    assert.equal(ours.filter((record) => "name" in record).length, printedTable(theirs, "|").length);
  });

  it("reads the records of a BMC without a repository", async () => {
    const device = await startIpmiSim("127.81.1.2", 623, "device");
    try {
      const records = await withIpmi({ ...bmc.target, host: device.host }, (ipmi) =>
        new Sensors(ipmi).records(),
      );
      assert.deepEqual(records, await ask((sensors) => sensors.records()));
    } finally {
      await device.stop();
    }
  });
});
