import assert from "node:assert/strict";
import {
  IpmiArgumentError,
  IpmiCompletionError,
  type IpmiTarget,
  withIpmi,
} from "../../../../bare-metal/ipmi";
import { Fru } from "../../../../bare-metal/ipmi/fru";
import { sampleFru } from "../../../fixtures/ipmi/fru-image";
import { type GoBmc, startGoBmc } from "../../../fixtures/ipmi/goipmi-server";
import { type SimulatedBmc, startIpmiSim } from "../../../fixtures/ipmi/ipmi-sim";

const withFru = <T>(target: IpmiTarget, work: (fru: Fru) => Promise<T>) =>
  withIpmi(target, (ipmi) => work(new Fru(ipmi)));

/** `Name : value` lines of ipmitool, the value's text by the name. */
function printed(text: string): Map<string, string> {
  const pairs = [...text.matchAll(/^\s*(\S.*?)\s*: (.*)$/gm)];
  return new Map(pairs.map(([, name, value]) => [name as string, value as string]));
}

describe("FRU inventory against ipmi_sim, with ipmitool and ipmi-fru as oracles", function () {
  this.timeout(60_000);
  let bmc: SimulatedBmc;

  before(async () => {
    bmc = await startIpmiSim("127.82.1.2");
  });
  after(() => bmc?.stop());

  it("agrees with ipmitool on chassis, board and product", async () => {
    const { chassis, board, product, faults } = await withFru(bmc.target, (fru) => fru.read());
    const oracle = printed(await bmc.ipmitool("-v", "fru", "print", "0"));
    assert.deepEqual(faults, []);
    assert.equal(chassis?.type, oracle.get("Chassis Type"));
    assert.equal(chassis?.partNumber, oracle.get("Chassis Part Number"));
    assert.equal(chassis?.serialNumber, oracle.get("Chassis Serial"));
    assert.deepEqual(chassis?.custom, [oracle.get("Chassis Extra")]);
    assert.equal(
      new Date(`${board?.manufactured}`).getTime(),
      Date.parse(oracle.get("Board Mfg Date") as string),
    );
    assert.equal(board?.manufacturer, oracle.get("Board Mfg"));
    assert.equal(board?.product, oracle.get("Board Product"));
    assert.equal(board?.serialNumber, oracle.get("Board Serial"));
    assert.equal(board?.partNumber, oracle.get("Board Part Number"));
    assert.equal(board?.fruFileId, oracle.get("Board FRU ID"));
    assert.deepEqual(board?.custom, [oracle.get("Board Extra")]);
    assert.equal(product?.manufacturer, oracle.get("Product Manufacturer"));
    assert.equal(product?.product, oracle.get("Product Name"));
    assert.equal(product?.partNumber, oracle.get("Product Part Number"));
    assert.equal(product?.version, oracle.get("Product Version"));
    assert.equal(product?.serialNumber, oracle.get("Product Serial"));
    assert.equal(product?.assetTag, oracle.get("Product Asset Tag"));
  });

  it("agrees with ipmitool on power supply, output and load", async () => {
    const { records } = await withFru(bmc.target, (fru) => fru.read());
    const oracle = printed(await bmc.ipmitool("-v", "fru", "print", "0"));
    const said = (name: string) => parseFloat(oracle.get(name) as string);
    const supply = records.find((record) => record.kind === "power-supply");
    assert.ok(supply?.kind === "power-supply" && supply.combined && supply.peak);
    assert.equal(supply.capacity, said("Capacity"));
    assert.equal(supply.peakVoltAmperes, said("Peak VA"));
    assert.equal(supply.inrushCurrent, said("Inrush Current"));
    assert.equal(supply.inrushInterval, said("Inrush Interval"));
    assert.deepEqual(
      supply.inputVolts.map(([low, high]) => `${low}-${high} V`),
      [oracle.get("Input Voltage Range 1"), oracle.get("Input Voltage Range 2")],
    );
    assert.equal(`${supply.inputHertz.join("-")} Hz`, oracle.get("Input Frequency Range"));
    assert.equal(supply.dropoutTolerance, said("A/C Dropout Tolerance"));
    assert.equal(supply.peak.watts, said("Peak capacity"));
    assert.equal(supply.peak.seconds, said("Peak capacity holdup"));
    assert.equal(
      `${supply.combined.watts} W (${supply.combined.volts.join(" and ").replace(/ V/g, "V").replace(/V/g, " V")})`,
      oracle.get("Combined capacity"),
    );
    assert.match(
      oracle.get("Flags") as string,
      /Predictive fail.*correction.*Autoswitch.*Hot swap.*Two pulses/,
    );
    const output = records.find((record) => record.kind === "dc-output");
    assert.ok(output?.kind === "dc-output");
    assert.equal(output.output, 3);
    assert.equal(output.ripple * 1000, 50);
    const load = records.find((record) => record.kind === "dc-load");
    assert.ok(load?.kind === "dc-load");
    // ipmitool prints both alike; the last of a name is the load's.
    assert.equal(load.nominalVolts, said("Nominal voltage"));
    assert.equal(load.minimumVolts, said("Min voltage allowed"));
    assert.equal(load.maximumVolts, said("Max voltage allowed"));
    assert.equal(load.maximumCurrent, said("Maximum current load"));
    assert.equal(output.minimumVolts, said("Max negative deviation"));
    assert.equal(output.maximumVolts, said("Max positive deviation"));
    assert.equal(output.minimumCurrent, said("Minimum current draw"));
  });

  it("agrees with ipmi-fru on what both print", async () => {
    const { board, product, records } = await withFru(bmc.target, (fru) => fru.read());
    const oracle = await bmc.freeipmi("ipmi-fru", "--device-id=0");
    const url = records.find((record) => record.kind === "management-access");
    assert.ok(url?.kind === "management-access");
    for (const text of [
      board?.manufacturer,
      board?.serialNumber,
      product?.product,
      product?.assetTag,
      url.value,
    ]) {
      assert.ok(text !== undefined && oracle.includes(text), `${text} in ${oracle}`);
    }
    assert.match(oracle, /Overall Capacity: 480/i);
  });

  it("reads the memory as it is", async () => {
    const dump = await withFru(bmc.target, (fru) => fru.dump());
    assert.deepEqual(dump.subarray(0, sampleFru.length), sampleFru);
    assert.equal(dump.length, 400);
  });

  it("writes, reads back, and ipmitool sees it", async () => {
    const { board } = await withFru(bmc.target, async (fru) => {
      // A byte of the board's maker, and the checksum that goes with it.
      const dump = await fru.dump();
      const at = dump.indexOf("Lectern Boards");
      const area = (dump[3] as number) * 8;
      const end = area + (dump[area + 1] as number) * 8 - 1;
      await fru.write(0, at, Buffer.from("M"));
      await fru.write(0, end, Buffer.of(((dump[end] as number) + 0x4c - 0x4d) & 0xff));
      return fru.read();
    });
    assert.equal(board?.manufacturer, "Mectern Boards");
    assert.match(await bmc.ipmitool("fru", "print", "0"), /Board Mfg\s+: Mectern Boards/);
  });

  it("lists the parts of all devices, and leaves out those that are not there", async () => {
    const items = await withFru(bmc.target, (fru) =>
      fru.items([
        { id: 0, name: "Node" },
        { id: 3, name: "PSU1" },
        { id: 7, name: "PSU2" },
      ]),
    );
    assert.deepEqual(
      items.map(({ id, name, serialNumber }) => [id, name, serialNumber]),
      [
        ["0/chassis", "Node chassis", "0123-45.67"],
        ["0/board", "Node board", "SN-000042"],
        ["0/product", "Node product", "PSN-7"],
        ["3/product", "PSU1 product", "PS-1"],
      ],
    );
  });

  it("refuses what does not fit before anything is written, and names a device that is not there", async () => {
    await withFru(bmc.target, async (fru) => {
      await assert.rejects(fru.write(0, 399, Buffer.from("ab")), IpmiArgumentError);
      await assert.rejects(fru.read(255), IpmiArgumentError);
      await assert.rejects(fru.read(9), IpmiCompletionError);
    });
  });
});

describe("FRU inventory against goipmi-server, suite 17, with ipmitool as oracle", function () {
  this.timeout(60_000);
  let bmc: GoBmc;

  before(async () => {
    bmc = await startGoBmc();
  });
  after(() => bmc?.stop());

  it("agrees on every field that is there", async () => {
    const { host, port, user, password } = bmc;
    const { chassis, board, product } = await withFru({ host, port, user, password }, (fru) => fru.read());
    const oracle = printed(await bmc.ipmitool("fru", "print", "0"));
    assert.equal(chassis?.serialNumber, oracle.get("Chassis Serial"));
    assert.equal(board?.manufacturer, oracle.get("Board Mfg"));
    assert.equal(board?.product, oracle.get("Board Product"));
    assert.equal(board?.serialNumber, oracle.get("Board Serial"));
    assert.equal(product?.manufacturer, oracle.get("Product Manufacturer"));
    assert.equal(product?.product, oracle.get("Product Name"));
    assert.equal(product?.serialNumber, oracle.get("Product Serial"));
    assert.ok(board ?? product, "the server has some FRU data");
  });
});
