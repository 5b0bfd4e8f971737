import assert from "node:assert/strict";
import { IpmiArgumentError, IpmiCompletionError, withIpmi } from "../../../../bare-metal/ipmi";
import type { Dcmi } from "../../../../bare-metal/ipmi/dcmi";
import { type PyghmiBmc, startPyghmiBmc } from "../../../fixtures/ipmi/pyghmi-bmc";

describe("DCMI against pyghmi's BMC, with ipmitool and ipmi-dcmi as oracles", function () {
  this.timeout(60_000);
  let bmc: PyghmiBmc;
  const withDcmi = <T>(work: (dcmi: Dcmi) => Promise<T>) => withIpmi(bmc, (ipmi) => work(ipmi.dcmi));
  const values = (text: string) =>
    new Map([...text.matchAll(/^\s*(\S.*?)\s*:\s+(.*?)\s*$/gm)].map(([, name, value]) => [name, value]));

  before(async () => {
    bmc = await startPyghmiBmc("127.82.4.1");
  });
  after(() => bmc?.stop());

  it("agrees with ipmitool and ipmi-dcmi on power", async () => {
    const reading = await withDcmi((dcmi) => dcmi.power());
    const ipmitool = values(await bmc.ipmitool("dcmi", "power", "reading"));
    const number = (name: string) => parseInt(ipmitool.get(name) ?? "", 10);
    assert.equal(reading.current, number("Instantaneous power reading"));
    assert.equal(reading.minimum, number("Minimum during sampling period"));
    assert.equal(reading.maximum, number("Maximum during sampling period"));
    assert.equal(reading.average, number("Average power reading over sample period"));
    assert.equal(reading.active, /activated/.test(ipmitool.get("Power reading state is") ?? ""));
    const freeipmi = values(await bmc.freeipmi("ipmi-dcmi", "--get-system-power-statistics"));
    assert.equal(`${reading.current} Watts`, freeipmi.get("Current Power"));
    assert.equal(`${reading.average} watts`, freeipmi.get("Average Power over sampling duration"));
    assert.equal(`${reading.period} milliseconds`, freeipmi.get("Statistics reporting time period"));
  });

  it("averages over a period that the BMC names", async () => {
    await withDcmi(async (dcmi) => {
      assert.deepEqual(await dcmi.averagingPeriods(), [0, 300, 3600]);
      assert.equal((await dcmi.power({ over: 300 })).period, 300_000);
    });
  });

  it("agrees with ipmi-dcmi on what the BMC can do", async () => {
    const [capabilities, platform, access] = await withDcmi(
      async (dcmi) => [await dcmi.capabilities(), await dcmi.platform(), await dcmi.access()] as const,
    );
    const oracle = values(await bmc.freeipmi("ipmi-dcmi", "--get-dcmi-capability-info"));
    const available = (name: string) => oracle.get(name) === "Available";
    const channel = (name: string) => oracle.get(`${name} Channel Number`);
    assert.equal(capabilities.version, oracle.get("DCMI Specification Conformance"));
    assert.equal(capabilities.powerManagement, available("Power Management / Monitoring Support"));
    assert.equal(capabilities.inBand, available("In-band System Interface Channel"));
    assert.equal(capabilities.serial, available("Serial TMODE"));
    assert.equal(capabilities.secondaryLan, available("Out-Of-Band Secondary LAN Channel"));
    assert.equal(platform.selEntries, Number(oracle.get("Number of SEL entries")));
    assert.equal(platform.selRollover, available("SEL automatic rollover"));
    const sampling = oracle.get("Sampling frequency for Temperature Monitoring");
    assert.equal(`Every ${platform.temperatureInterval} Second(s)`, sampling);
    assert.equal(`${access.primaryLan}`, channel("Primary LAN Out-of-band"));
    assert.equal(access.secondaryLan ?? "Not supported", channel("Secondary LAN Out-of-band"));
    assert.equal(access.serial ?? "Not supported", channel("Serial Out-of-band TMODE Capability"));
  });

  it("sets a power limit in force, ipmitool sees it, and takes it out of force", async () => {
    assert.equal(await withDcmi((dcmi) => dcmi.powerLimit()), undefined);
    const limit = await withDcmi((dcmi) =>
      dcmi.limitPower({ watts: 650, correctionTime: 6_000, samplingPeriod: 2, action: "power-off" }),
    );
    assert.deepEqual(limit, {
      watts: 650,
      correctionTime: 6_000,
      samplingPeriod: 2,
      action: "power-off",
      active: true,
    });
    const seen = values(await bmc.ipmitool("dcmi", "power", "get_limit"));
    assert.match(seen.get("Power Limit") ?? "", /^650 /);
    assert.match(seen.get("Correction time") ?? "", /^6000 /);
    assert.match(seen.get("Sampling period") ?? "", /^2 /);
    assert.match([...seen.values()].join("\n"), /Power Limit Active|Hard Power Off/i);
    await withDcmi((dcmi) => dcmi.unlimitPower());
    const left = await withDcmi((dcmi) => dcmi.powerLimit());
    assert.deepEqual([left?.watts, left?.active], [650, false]);
  });

  it("names a limit that the BMC does not take, and one that no BMC could", async () => {
    await assert.rejects(
      withDcmi((dcmi) => dcmi.limitPower({ watts: 3000 })),
      (error: unknown) => {
        assert.ok(error instanceof IpmiCompletionError);
        assert.match(error.message, /power limit out of range/);
        return true;
      },
    );
    await assert.rejects(
      withDcmi((dcmi) => dcmi.limitPower({ watts: 0 })),
      IpmiArgumentError,
    );
  });

  it("sets an asset tag of several pieces, and ipmitool reads it; a shorter one leaves nothing of it", async () => {
    for (const tag of ["IT-2026-rack-07-unit-12-inventory-004711", "IT-1", ""]) {
      await withDcmi((dcmi) => dcmi.setAssetTag(tag));
      assert.equal(await withDcmi((dcmi) => dcmi.assetTag()), tag);
      assert.equal(/Asset tag: ?(.*)/i.exec(await bmc.ipmitool("dcmi", "asset_tag"))?.[1]?.trim(), tag);
    }
  });

  it("keeps text that Latin 1 cannot hold, and refuses what is too long", async () => {
    await withDcmi(async (dcmi) => {
      for (const tag of ["Größe", "Łódź 12", "机架 7"]) {
        await dcmi.setAssetTag(tag);
        assert.equal(await dcmi.assetTag(), tag);
      }
      await assert.rejects(dcmi.setAssetTag("x".repeat(64)), IpmiArgumentError);
    });
  });

  it("reads and sets the controller's identifier as ipmitool does", async () => {
    const seen = async () => /: ?(.*)$/m.exec(await bmc.ipmitool("dcmi", "get_mc_id_string"))?.[1]?.trim();
    assert.equal(await withDcmi((dcmi) => dcmi.controllerId()), await seen());
    await withDcmi((dcmi) => dcmi.setControllerId("gpu-12-bmc.example.edu"));
    assert.equal(await seen(), "gpu-12-bmc.example.edu");
  });
});
