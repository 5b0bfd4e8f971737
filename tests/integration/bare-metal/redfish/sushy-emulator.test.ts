import assert from "node:assert/strict";
import { waitFor } from "../../../../base/wait";
import type { BmcDriver } from "../../../../bare-metal/bmc/driver";
import {
  RedfishAuthenticationError,
  RedfishCertificateError,
  redfishDriver,
  type RedfishTarget,
  RedfishUnreachableError,
  RedfishUnsupportedError,
} from "../../../../bare-metal/redfish";
import { selfSignedCertificate } from "../../../fixtures/redfish/certificate";
import { startSushyEmulator, type SushyEmulator } from "../../../fixtures/redfish/sushy-emulator";

describe("Redfish driver against sushy-tools' emulator, with the client sushy as oracle", function () {
  this.timeout(300_000);
  let bmc: SushyEmulator;
  let driver: BmcDriver;
  const login = () => ({ host: bmc.host, user: bmc.user, password: bmc.password });
  const target = (): RedfishTarget => ({ ...login(), certificate: bmc.certificate.fingerprint });

  before(async () => {
    bmc = await startSushyEmulator("127.85.1.1");
    driver = redfishDriver(target());
  });
  after(async () => {
    await driver?.close();
    await bmc?.stop();
  });

  it("agrees on who the machine is", async () => {
    const identity = await driver.identity();
    const oracle = await bmc.sushy(`[system.uuid.replace("-", ""), system.manufacturer,
      root.get_manager_collection().get_members()[0].firmware_version]`);
    assert.deepEqual([identity.systemGuid, identity.manufacturer, identity.firmware], oracle);
    assert.equal(identity.systemGuid, bmc.uuid.replaceAll("-", ""));
  });

  it("switches power, and sushy sees it", async () => {
    for (const [action, power] of [
      ["on", "on"],
      ["soft", "off"],
      ["on", "on"],
      ["reset", "on"],
      ["off", "off"],
    ] as const) {
      await driver.power(action);
      await waitFor(
        `power ${power} after ${action}`,
        async () => ((await driver.powerStatus()) === power ? true : undefined),
        { timeout: 20_000 },
      );
    }
    assert.equal(await bmc.sushy("system.power_state.value"), "Off");
  });

  it("says which actions the machine knows", async () => {
    await assert.rejects(driver.power("cycle"), (error: unknown) => {
      assert.ok(error instanceof RedfishUnsupportedError);
      assert.match(error.message, /127\.85\.1\.1:443: power cycle: it knows only: On, ForceOff/);
      return true;
    });
  });

  it("sees what sushy switches on", async () => {
    await bmc.sushy("system.reset_system(sushy.ResetType.ON)");
    await waitFor("power on", async () => ((await driver.powerStatus()) === "on" ? true : undefined), {
      timeout: 20_000,
    });
  });

  it("sets each boot device that the emulator offers, and sushy sees it", async () => {
    for (const device of ["pxe", "disk", "cdrom"] as const) {
      const got = await driver.setBootOverride({ device, once: true, uefi: true });
      assert.deepEqual([got.device, got.uefi], [device, true]);
    }
    assert.deepEqual(await bmc.sushy("[system.boot.target.value, system.boot.mode.value]"), ["Cd", "UEFI"]);
    await assert.rejects(
      driver.setBootOverride({ device: "bios", once: true, uefi: true }),
      /it offers only: Pxe, Cd, Hdd/,
    );
    const legacy = await driver.setBootOverride({ device: "disk", once: false, uefi: false });
    assert.equal(legacy.uefi, false);
    assert.deepEqual(await bmc.sushy("[system.boot.target.value, system.boot.mode.value]"), [
      "Hdd",
      "Legacy",
    ]);
  });

  it("agrees on sensors and inventory", async () => {
    const sensors = await driver.sensors();
    const [temperatures, fans] = (await bmc.sushy(`[
      [[t.name, t.reading_celsius] for t in root.get_chassis().thermal.temperatures],
      [[f.name, f.reading] for f in root.get_chassis().thermal.fans]]`)) as [unknown[], unknown[]];
    const ours = (type: string) => sensors.filter((s) => s.type === type).map((s) => [s.name, s.value]);
    assert.deepEqual([ours("Temperature"), ours("Fan")], [temperatures, fans]);
    assert.ok(temperatures.length > 0 && fans.length > 0);
    assert.deepEqual(
      new Set(sensors.map((s) => `${s.unit} ${s.health}`)),
      new Set(["degrees C ok", "RPM ok"]),
    );

    const chassis = await bmc.sushy(`[getattr(root.get_chassis(), name)
      for name in ["identity", "manufacturer", "model", "part_number", "serial_number"]]`);
    const found = (await driver.inventory()).find((item) => item.name === "Chassis");
    assert.ok(found);
    const { id, manufacturer, product, partNumber, serialNumber } = found;
    assert.deepEqual([id, manufacturer, product, partNumber, serialNumber], chassis);
  });

  it("says what the emulator lacks", async () => {
    await assert.rejects(driver.users(), /it serves no accounts/);
    await assert.rejects(driver.eventLog(), /it serves no log/);
  });

  it("takes an authority's certificate for the address that it is made for", async () => {
    const known = redfishDriver({ ...login(), authorities: bmc.certificate.certificate });
    assert.equal(await known.powerStatus(), "on");
    await known.close();
  });

  it("names a wrong password, a strange certificate, and a BMC that is not there", async () => {
    const asks = async (change: Partial<RedfishTarget>) => {
      const other = redfishDriver({ ...target(), timeout: 5_000, ...change });
      try {
        return await other.powerStatus();
      } finally {
        await other.close();
      }
    };
    await assert.rejects(asks({ password: "wrong" }), RedfishAuthenticationError);
    await assert.rejects(asks({ user: "nobody" }), RedfishAuthenticationError);
    const { fingerprint } = await selfSignedCertificate(bmc.host);
    await assert.rejects(asks({ certificate: fingerprint }), RedfishCertificateError);
    await assert.rejects(asks({ host: "127.85.1.250" }), RedfishUnreachableError);
  });
});
