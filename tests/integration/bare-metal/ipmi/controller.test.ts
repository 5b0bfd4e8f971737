import assert from "node:assert/strict";
import {
  type Controller,
  type Ipmi,
  IpmiArgumentError,
  IpmiBridgeError,
  IpmiCompletionError,
  type IpmiOptions,
  withIpmi,
} from "../../../../bare-metal/ipmi";
import { behind } from "../../../../bare-metal/ipmi/behind";
import { driverOver } from "../../../../bare-metal/ipmi/driver";
import type { CommandRunner } from "../../../../bare-metal/ipmi/messages/runner";
import { Sensors, THRESHOLDS } from "../../../../bare-metal/ipmi/sensors";
import { type ForeignClients, foreignClients } from "../../../fixtures/ipmi/foreign-clients";
import { type SimulatedBmc, startIpmiSim } from "../../../fixtures/ipmi/ipmi-sim";
import { EMPTY_PLACE, SATELLITE } from "../../../fixtures/ipmi/ipmi-sim-satellite";
import { type LightBmc, startLightBmc } from "../../../fixtures/ipmi/light-bmc";
import { Bus, type BusStyle, type Satellite } from "../../../fixtures/ipmi/light-bmc/bus";
import { startRelay } from "../../../fixtures/ipmi/relay";
import { asIpmitoolPrints, printedTable } from "../../../fixtures/ipmi/printed";
import { type Scratch, scratchFolder } from "../../../fixtures/scratch";

const AT = { address: SATELLITE, channel: 0 } as const;
const hexOf = (text: string) => text.replace(/\s/g, "");

describe("a controller behind ipmi_sim, with ipmitool and FreeIPMI as oracles", function () {
  this.timeout(120_000);
  let bmc: SimulatedBmc;
  const ask = <T>(work: (blade: Controller, ipmi: Ipmi) => Promise<T>) =>
    withIpmi(bmc.target, (ipmi) => work(ipmi.controller(AT), ipmi));
  const theirs = (...words: string[]) => bmc.ipmitool("-t", `0x${SATELLITE.toString(16)}`, ...words);

  before(async () => {
    bmc = await startIpmiSim("127.81.4.1", 623, "repository", { satellite: true });
  });
  after(async () => bmc?.stop());

  it("says what it is, as ipmitool is told", async () => {
    const id = await ask((blade) => blade.deviceId());
    const text = await theirs("mc", "info");
    const field = (name: string) => new RegExp(`${name}\\s+: (\\S+)`).exec(text)?.[1];
    assert.deepEqual(
      [id.firmware, String(id.manufacturerId), String(id.productId), String(id.deviceRevision)],
      ["Firmware Revision", "Manufacturer ID", "Product ID", "Device Revision"].map(field),
    );
    assert.notEqual(id.manufacturerId, (await ask((_, ipmi) => ipmi.deviceId())).manufacturerId);
  });

  it("answers raw commands with the bytes that ipmitool gets, and refuses with the same code", async () => {
    for (const [netFn, code, ...data] of [
      [0x06, 0x01],
      [0x04, 0x2d, 1],
      [0x04, 0x27, 2],
      [0x0a, 0x23, 0, 0, 0, 0, 0, 16],
    ] as [number, number, ...number[]][]) {
      const ours = await ask((blade) => blade.raw(netFn, code, Buffer.from(data)));
      assert.equal(ours.toString("hex"), hexOf(await theirs("raw", ...[netFn, code, ...data].map(String))));
    }
    await assert.rejects(
      ask((blade) => blade.raw(0x04, 0x2d, Buffer.from([99]))),
      (error: unknown) =>
        error instanceof IpmiCompletionError &&
        error.code === 0xcc &&
        error.command === "raw 0x04 0x2d at 0x2c, channel 0",
    );
    await assert.rejects(theirs("raw", "0x04", "0x2d", "99"), /rsp=0xcc/);
  });

  it("reads its sensors among the BMC's as ipmitool does: values, units, status, thresholds", async () => {
    const rows = printedTable(await bmc.ipmitool("sensor"), "|");
    const oracle = rows.filter(([name = "", , unit]) => /^(Blade|Gone)/.test(name) && unit !== "discrete");
    await ask(async (_, { sensors }) => agrees(sensors, oracle));
    assert.equal(oracle.length, 8);
  });

  it("reads its sensors by its own records as ipmitool -t does", async () => {
    const rows = printedTable(await theirs("sensor"), "|");
    const oracle = rows.filter(([, , unit]) => unit !== "discrete");
    await ask(async ({ sensors }) => agrees(sensors, oracle));
    assert.equal(oracle.length, 6);
    const records = await ask((blade) => blade.sensors.records());
    const listed = printedTable(await theirs("sdr", "elist", "all"), "|");
    assert.deepEqual(
      records.map((record) => ("name" in record ? record.name.trim() : "")),
      listed.map(([name]) => name),
    );
  });

  it("agrees with ipmi-sensors --bridge-sensors on values, states and health", async () => {
    const { records, readings } = await ask(async (_, { sensors }) => ({
      records: await sensors.records(),
      readings: await sensors.list(),
    }));
    const ids = records.flatMap((record) =>
      "owner" in record && record.owner.address === SATELLITE ? record.id : [],
    );
    const text = await bmc.freeipmi(
      "ipmi-sensors",
      ...["--bridge-sensors", "--shared-sensors", "--comma-separated-output", "--no-header-output"],
      ...["--quiet-cache", "--output-sensor-state", `--record-ids=${ids.join(",")}`],
    );
    const words = { ok: "Nominal", warning: "Warning", critical: "Critical", unknown: "N/A" };
    // FreeIPMI thinks nothing of a threshold that is not critical.
    const health = (name: string, reading: (typeof readings)[number]) =>
      name === "Blade Temp" || name === "ME Temp" ? "Nominal" : words[reading.health];
    const oracle = printedTable(text, ",");
    assert.equal(oracle.length, 10);
    for (const [, name = "", type, state, value, , events] of oracle) {
      const ours = readings.find((reading) => reading.name === name.replace("  ", " "));
      assert.ok(ours, name);
      assert.deepEqual(
        [ours.type.replace(" / ", "/"), health(name, ours), ours.value?.toFixed(2) ?? "N/A"],
        [type, state, value],
        name,
      );
      const plain = (text: string) => text.toLowerCase().replace(/\(.*?\)|[^a-z]/g, "");
      if (ours.value === undefined && events !== "N/A") {
        assert.deepEqual(ours.states.map(plain).join(""), plain((events ?? "").replace(/' '/g, " ")), name);
      }
    }
  });

  it("lets user privilege read them too", async () => {
    const readings = await withIpmi({ ...bmc.target, privilege: "user" }, (ipmi) => ipmi.sensors.list());
    assert.equal(readings.find(({ name }) => name === "Blade Temp")?.value, 41);
  });

  it("sets a threshold, which ipmitool then reads", async () => {
    await ask(async ({ sensors }) => {
      const fan = (await sensors.all()).find(({ name }) => name === "Blade Fan")!;
      const set = await sensors.setThresholds(fan, { lowerCritical: 600 });
      assert.equal(set.lowerCritical, 600);
      const row = printedTable(await theirs("sensor"), "|").find(([name]) => name === "Blade Fan");
      assert.equal(row?.[5], "600.000");
      await sensors.setThresholds(fan, { lowerCritical: 975 });
    });
  });

  it("has FRUs, which ipmitool reads alike; one of a controller that is not there says so", async () => {
    const items = await ask((_, ipmi) => driverOver(ipmi).inventory());
    const blocks = (await bmc.ipmitool("fru")).split(/FRU Device Description : /).slice(1);
    const numbers = (text: string) =>
      [...text.matchAll(/(?:Serial|Part Number) +: (\S+)/g)].map(([, n]) => n);
    const of = (name: string) =>
      items
        .filter((item) => item.name.startsWith(`${name} `))
        .flatMap((item) => [item.partNumber, item.serialNumber]);
    for (const name of ["Blade", "Blade PSU"]) {
      const block = blocks.find((text) => text.trim().replace(/ *(\(ID \d+\))?\n.*/s, "") === name) ?? "";
      const ours = name === "Blade" ? of("Blade").slice(0, 6) : of(name);
      assert.deepEqual([...ours].sort(), numbers(block).sort(), name);
      assert.ok(ours.length >= 2, name);
    }
    const empty = items.find(({ name }) => name === "Empty place");
    assert.match(empty?.problem ?? "", /^controller 0x52, channel 0: .*0x83/);
    assert.match(
      blocks.find((text) => text.startsWith("Empty place")) ?? "",
      /not present \(Unknown \(0x83\)\)/,
    );
    const own = await ask((blade) => blade.fru.read());
    assert.equal(
      own.board?.serialNumber,
      /Board Serial +: (\S+)/.exec(await theirs("fru", "print", "0"))?.[1],
    );
  });

  it("has an event log of its own, which ipmitool reads alike", async () => {
    const ownEntries = async () => (await ask((_, ipmi) => ipmi.eventLog.info())).entries;
    const before = await ownEntries();
    await ask(async ({ eventLog }) => {
      await eventLog.clear();
      await eventLog.add(Buffer.from("0000020000000020000404012f520f0f", "hex"));
      await eventLog.add(Buffer.from("000002000000002000080340ef02ffff", "hex"));
      const rows = printedTable(await theirs("sel", "list"), "|");
      const ours = await eventLog.list();
      assert.deepEqual(
        ours.map(({ id }) => Number(id)),
        rows.map(([id = ""]) => parseInt(id, 16)),
      );
      assert.equal(ours.length, 2);
      await eventLog.clear();
      assert.match(await theirs("sel", "info"), /Entries\s+: 0/);
    });
    assert.equal(await ownEntries(), before, "the BMC's own log is another");
  });

  it("is asked once where it is not there, and says why; the BMC's session goes on", async () => {
    const asked: string[] = [];
    await ask(async (_, ipmi) => {
      const counting: CommandRunner = {
        label: ipmi.label,
        run: (command) => {
          if (command.path?.address === EMPTY_PLACE) asked.push(command.name);
          return ipmi.run(command);
        },
      };
      const readings = await new Sensors(counting).list();
      const gone = readings.filter(({ name }) => name.startsWith("Gone"));
      assert.deepEqual(new Set(gone.map(({ missing }) => missing)).size, 1);
      assert.match(gone[0]?.missing ?? "", /^controller 0x52, channel 0: .*0x83 \(NAK on write/);
      assert.deepEqual(asked, ["Get Sensor Reading at 0x52, channel 0"]);
      await assert.rejects(
        ipmi.controller({ address: EMPTY_PLACE, channel: 0 }).deviceId(),
        (error: unknown) => {
          assert.ok(error instanceof IpmiBridgeError);
          assert.deepEqual([error.code, error.uncertain], [0x83, false]);
          return true;
        },
      );
      assert.equal((await ipmi.sessionInfo()).active, 1);
    });
    await assert.rejects(bmc.ipmitool("-t", "0x52", "mc", "info"), /0x83/);
    await assert.rejects(bmc.ipmitool("-t", "0x2c", "-b", "6", "mc", "info"), /Invalid data field/);
    await assert.rejects(
      withIpmi(bmc.target, (ipmi) => ipmi.controller({ ...AT, channel: 6 }).deviceId()),
      (error: unknown) => error instanceof IpmiBridgeError && error.code === 0xcc,
    );
  });

  it("gives right answers through 20 % loss, duplicates and disorder, and no session is left", async () => {
    const relay = await startRelay(bmc.host, bmc.port, {
      seed: "controllers",
      ...{ loss: 0.2, duplication: 0.1, reordering: 0.1, delay: 8 },
    });
    try {
      const wanted = await ask((blade) => blade.sensors.list());
      const through = { ...bmc.target, host: "127.0.0.1", port: relay.port, timeout: 40, retries: 14 };
      await withIpmi(through, async (ipmi) => {
        const blade = ipmi.controller(AT);
        for (let round = 0; round < 5; round += 1) {
          const readings = await blade.sensors.list();
          assert.deepEqual(
            readings.map(({ name, value, states, missing }) => [name, value, states, missing]),
            wanted.map(({ name, value, states, missing }) => [name, value, states, missing]),
          );
        }
      });
      assert.ok(relay.lost > 20, `${relay.lost} lost`);
    } finally {
      await relay.close();
    }
    assert.equal((await ask((_, ipmi) => ipmi.sessionInfo())).active, 1);
  });

  async function agrees(sensors: Sensors, oracle: readonly string[][]): Promise<void> {
    const health: Record<string, string> = { ok: "ok", nc: "warning", cr: "critical", na: "unknown" };
    const columns = [
      "lowerNonRecoverable",
      "lowerCritical",
      "lowerNonCritical",
      ...THRESHOLDS.slice(3),
    ] as const;
    const readings = await sensors.list();
    for (const [name = "", value, unit, status = "", ...thresholds] of oracle) {
      const ours = readings.find((reading) => reading.name === name);
      assert.ok(ours, name);
      assert.deepEqual(
        [asIpmitoolPrints(ours.value), ours.unit ?? "", ours.health],
        [value, unit, health[status]],
        name,
      );
      if (ours.value === undefined || ours.sensor.readable.length === 0) continue;
      const held = await sensors.thresholds(ours.sensor);
      assert.deepEqual(
        columns.map((column) => asIpmitoolPrints(held[column])),
        thresholds,
        name,
      );
    }
  }
});

describe("controllers behind a BMC of the tests", function () {
  this.timeout(60_000);
  const HOST = "127.81.4.2";
  const DEEP = { address: 0x76, channel: 7, transit: { address: 0x82, channel: 0 } } as const;
  let scratch: Scratch;
  let bmc: LightBmc | undefined;

  before(() => {
    scratch = scratchFolder("controllers");
  });
  afterEach(async () => bmc?.close());
  after(() => scratch.remove());

  const deviceOf = (product: number) =>
    Buffer.from([0, 0x20, 0x81, 0x03, 0x04, 0x02, 0x29, 0x57, 0x01, 0x00, product, 0x00]);
  const answering =
    (product: number): Satellite["answer"] =>
    ({ netFn, code, data }) =>
      netFn === 0x06 && code === 0x01 ? deviceOf(product) : Buffer.from([0, netFn, code, ...data]);
  const carrier: Satellite = {
    address: 0x82,
    channel: 0,
    answer: answering(0x82),
    behind: [
      { address: 0x76, channel: 7, answer: answering(0x76) },
      { address: 0x7a, channel: 7, answer: () => undefined },
    ],
  };
  const mute: Satellite = { address: 0x72, channel: 6, answer: () => undefined };

  async function start(styles?: readonly BusStyle[]): Promise<{ bus: Bus; others: ForeignClients }> {
    const bus = new Bus([carrier, mute], styles);
    bmc = await startLightBmc(HOST, { bus });
    const { port, user, password } = bmc;
    return { bus, others: foreignClients({ dir: scratch.dir, host: HOST, port, user, password, suite: 17 }) };
  }
  const ask = <T>(work: (ipmi: Ipmi) => Promise<T>, options: IpmiOptions = {}): Promise<T> => {
    const { host, port, user, password } = bmc as LightBmc;
    return withIpmi({ host, port, user, password, timeout: 40, retries: 2, ...options }, work);
  };

  it("are reached over one controller in between, with the bytes that ipmitool gets", async () => {
    const { others } = await start();
    const ways = [
      { words: ["-t", "0x82"], path: carrier },
      { words: ["-T", "0x82", "-B", "0", "-t", "0x76", "-b", "7"], path: DEEP },
    ];
    for (const { words, path } of ways) {
      const { address, channel, transit } = path as typeof DEEP;
      const ours = await ask(async (ipmi) => {
        const controller = ipmi.controller({ address, channel, transit });
        return [await controller.raw(0x06, 0x01), await controller.raw(0x2e, 0x10, Buffer.from([1, 2, 3]))];
      });
      const theirs = [
        await others.ipmitool(...words, "raw", "6", "1"),
        await others.ipmitool(...words, "raw", "0x2e", "0x10", "1", "2", "3"),
      ];
      assert.deepEqual(
        ours.map((bytes) => bytes.toString("hex")),
        theirs.map(hexOf),
      );
      assert.equal(ours[0]?.[9], address, "it is the one that was meant");
    }
  });

  it("refuse by name: who did not pass it on", async () => {
    const { others } = await start();
    const refused = async (path: Parameters<Ipmi["controller"]>[0], words: RegExp) =>
      assert.rejects(
        ask((ipmi) => ipmi.controller(path).deviceId()),
        (error: unknown) => {
          assert.ok(error instanceof IpmiBridgeError);
          assert.deepEqual([error.code, error.uncertain], [0x83, false]);
          assert.match(error.message, words);
          return true;
        },
      );
    await refused({ ...DEEP, address: 0x50 }, /controller 0x82, channel 0 did not pass it on/);
    await refused({ ...DEEP, transit: { address: 0x50, channel: 0 } }, /the BMC did not pass it on/);
    await assert.rejects(
      others.ipmitool("-T", "0x82", "-B", "0", "-t", "0x50", "-b", "7", "raw", "6", "1"),
      /rsp=0x83/,
    );
  });

  const STYLES: Readonly<Record<string, BusStyle>> = {
    "apart, as the specification has it": ["taken", "answer"],
    "within the answer to Send Message": ["within"],
    "by itself alone": ["answer"],
    "before the answer to Send Message": ["answer", "taken"],
    "twice, and everything else too": ["taken", "taken", "answer", "answer", "within"],
  };
  for (const [name, style] of Object.entries(STYLES)) {
    it(`answer ${name}`, async () => {
      await start([style]);
      const ids = await ask(async (ipmi) => {
        const seen: number[] = [];
        // Strays of one question must not answer the next.
        for (let round = 0; round < 3; round += 1) {
          seen.push((await ipmi.controller({ address: 0x82, channel: 0 }).deviceId()).productId);
          seen.push((await ipmi.controller(DEEP).deviceId()).productId);
          seen.push((await ipmi.deviceId()).productId);
        }
        return seen;
      });
      assert.deepEqual(ids, [0x82, 0x76, 0x0f02, 0x82, 0x76, 0x0f02, 0x82, 0x76, 0x0f02]);
    });
  }

  it("are asked again when their answer is lost; a raw command is carried out once all the same", async () => {
    const lost: BusStyle = ["taken"];
    const { bus } = await start([lost, [], ["taken", "answer"]]);
    const id = await ask((ipmi) => ipmi.controller({ address: 0x82, channel: 0 }).deviceId());
    assert.equal(id.productId, 0x82);
    assert.equal(bus.delivered.length, 3);
    await bmc?.close();

    const again = await start([lost]);
    await assert.rejects(
      ask(async (ipmi) => {
        const controller = ipmi.controller({ address: 0x82, channel: 0 });
        await controller.raw(0x00, 0x02, Buffer.from([2])).finally(async () => {
          // The session is the one that it was.
          assert.equal((await ipmi.chassisStatus()).power, "off");
        });
      }),
      (error: unknown) => {
        assert.ok(error instanceof IpmiBridgeError);
        assert.deepEqual([error.code, error.uncertain], [undefined, true]);
        assert.match(error.message, /passed on 3 times, and no answer came; it may have been carried out/);
        return true;
      },
    );
    assert.equal(again.bus.delivered.length, 1, "the BMC saw one, whose repeats it dropped");
    assert.equal(bmc?.active, 0);
  });

  it("that keep silent are told from a BMC that does", async () => {
    await start();
    await assert.rejects(
      ask((ipmi) => ipmi.controller({ address: 0x72, channel: 6 }).deviceId()),
      (error: unknown) =>
        error instanceof IpmiBridgeError &&
        error.uncertain &&
        /0x72, channel 6: whether it has power/.test(error.message),
    );
    await assert.rejects(
      ask((ipmi) => ipmi.controller({ ...DEEP, address: 0x7a }).deviceId()),
      (error: unknown) =>
        error instanceof IpmiBridgeError && /controller 0x7a, channel 7, through 0x82/.test(error.message),
    );
    assert.equal(bmc?.active, 0);
  });

  it("that cannot be meant are refused before anything is sent", async () => {
    await start();
    await ask(async (ipmi) => {
      const before = bmc?.received;
      const bad = [
        { address: 0x20, channel: 0 },
        { address: 0x2d, channel: 0 },
        { address: 0x100, channel: 0 },
        { address: 0x2c, channel: 12 },
        { ...DEEP, transit: { address: 0x20, channel: 0 } },
        { ...DEEP, transit: { address: 0x82, channel: -1 } },
      ];
      for (const path of bad)
        assert.throws(() => ipmi.controller(path), IpmiArgumentError, JSON.stringify(path));
      const controller = ipmi.controller(DEEP);
      await assert.rejects(controller.raw(0x06, 0x34, Buffer.from([0x40])), IpmiArgumentError);
      await assert.rejects(controller.raw(0x06, 0x01, Buffer.alloc(26)), IpmiArgumentError);
      await assert.rejects(controller.raw(0x07, 0x01), IpmiArgumentError);
      assert.equal(bmc?.received, before);
    });
  });

  it("keep their own way where a command has one", async () => {
    await start();
    const { productId } = await ask((ipmi) => {
      const runner = behind(behind(ipmi, { address: 0x82, channel: 0 }), { address: 0x72, channel: 6 });
      return runner.run({
        ...{ name: "id", netFn: 6, code: 1, data: Buffer.alloc(0), path: DEEP },
        decode: (data) => ({ productId: data.readUInt16LE(9) }),
      });
    });
    assert.equal(productId, 0x76);
  });
});
