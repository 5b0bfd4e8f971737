import assert from "node:assert/strict";
import type { BmcDriver } from "../../../../bare-metal/bmc/driver";
import { ipmiDriver } from "../../../../bare-metal/ipmi/driver";
import { type GoBmc, startGoBmc } from "../../../fixtures/ipmi/goipmi-server";
import { type SimulatedBmc, startIpmiSim } from "../../../fixtures/ipmi/ipmi-sim";

describe("the IPMI driver on ipmi_sim, with ipmitool as oracle", function () {
  this.timeout(60_000);
  let bmc: SimulatedBmc;
  let driver: BmcDriver;

  before(async () => {
    bmc = await startIpmiSim("127.83.1.6");
    const { host, port, user, password } = bmc;
    driver = ipmiDriver({ host, port, user, password, cipherSuite: 3, privilege: "administrator" });
  });
  after(async () => {
    await driver?.close();
    await bmc?.stop();
  });

  it("knows what the BMC is", async () => {
    assert.deepEqual(await driver.identity(), { systemGuid: bmc.guid, firmware: "9.08" });
    assert.deepEqual([driver.protocol, driver.label], ["ipmi", `${bmc.host}:${bmc.port}`]);
  });

  it("switches power and sets the boot device", async () => {
    await driver.power("on");
    assert.equal(await driver.powerStatus(), "on");
    assert.match(await bmc.ipmitool("chassis", "power", "status"), /is on/);
    const wanted = { device: "pxe", once: true, uefi: true } as const;
    assert.equal((await driver.setBootOverride(wanted)).device, "pxe");
    assert.equal((await driver.bootOverride()).device, "pxe");
  });

  it("lists the sensors that ipmitool lists, by the same names", async () => {
    const oracle = (await bmc.ipmitool("sdr", "list", "full")).split("\n").filter(Boolean);
    const names = oracle.map((line) => line.split("|")[0]?.trim() ?? "");
    assert.ok(names.length > 3);
    const ours = (await driver.sensors()).map((sensor) => sensor.name);
    assert.deepEqual(
      ours.filter((name) => names.includes(name)),
      names,
    );
  });

  it("lists the parts, serial numbers among them", async () => {
    const text = await bmc.ipmitool("fru", "print", "0");
    const serials = [...text.matchAll(/Serial\s+: (\S+)/g)].map((match) => match[1]);
    const ours = (await driver.inventory()).filter((item) => item.id.startsWith("0/"));
    assert.ok(serials.length > 0);
    assert.deepEqual(
      ours.flatMap((item) => item.serialNumber ?? []),
      serials,
    );
  });

  it("reads and clears the event log, and names sensors in it", async () => {
    const [sensor] = await driver.sensors();
    const [first] = (await bmc.ipmitool("sdr", "elist", "full")).split("\n");
    const number = Number(`0x${/\| ([0-9A-F]{2})h/.exec(first ?? "")?.[1]}`);
    const event = [
      "0x0a",
      "0x44",
      "0",
      "0",
      "2",
      "0",
      "0",
      "0",
      "0",
      "0x20",
      "0",
      "4",
      "1",
      String(number),
      "1",
      "0x57",
      "80",
      "75",
    ];
    await bmc.ipmitool("raw", ...event);
    const events = await driver.eventLog();
    assert.ok(
      events.some(({ source }) => source === sensor?.name),
      JSON.stringify(events),
    );
    await driver.clearEventLog();
    assert.deepEqual(await driver.eventLog(), []);
  });

  it("manages users by their names, and lists no free places", async () => {
    const before = await driver.users();
    assert.deepEqual(before, [{ id: "2", name: "lectern", privilege: "administrator", enabled: true }]);
    const user = await driver.createUser({ name: "ada", password: "correct-horse", privilege: "user" });
    assert.deepEqual(user, { id: "3", name: "ada", privilege: "user", enabled: true });
    await driver.setPrivilege("ada", "operator");
    await driver.setPassword("ada", "battery-staple");
    await driver.setEnabled("ada", false);
    assert.equal((await driver.users()).find(({ name }) => name === "ada")?.privilege, "operator");
    await driver.deleteUser("ada");
    assert.deepEqual(await driver.users(), before);
  });
});

describe("the IPMI driver on goipmi-server, which has no SDRs", function () {
  this.timeout(60_000);
  it("still lists the parts", async () => {
    const bmc: GoBmc = await startGoBmc();
    const { host, port, user, password } = bmc;
    const driver = ipmiDriver({ host, port, user, password });
    try {
      assert.ok(Array.isArray(await driver.inventory()));
      assert.equal(await driver.powerStatus(), "off");
    } finally {
      await driver.close();
      await bmc.stop();
    }
  });
});
