import assert from "node:assert/strict";
import { IpmiArgumentError, IpmiCipherSuiteError, withIpmi } from "../../../../bare-metal/ipmi";
import { powerSupplyFru } from "../../../fixtures/ipmi/fru-image";
import { type PyghmiBmc, startPyghmiBmc } from "../../../fixtures/ipmi/pyghmi-bmc";

describe("IPMI client against pyghmi's BMC, suite 3, with ipmitool as oracle", function () {
  this.timeout(180_000);
  let bmc: PyghmiBmc;

  before(async () => {
    bmc = await startPyghmiBmc("127.82.2.1");
  });
  after(() => bmc?.stop());

  it("agrees on device and GUID", async () => {
    const [id, guid] = await withIpmi(
      bmc,
      async (ipmi) => [await ipmi.deviceId(), await ipmi.systemGuid()] as const,
    );
    const info = await bmc.ipmitool("mc", "info");
    assert.equal(id.firmware, /Firmware Revision\s*: (\S+)/.exec(info)?.[1]);
    assert.equal(id.ipmiVersion, /IPMI Version\s*: (\S+)/.exec(info)?.[1]);
    assert.equal(id.manufacturerId, Number(/Manufacturer ID\s*: (\d+)/.exec(info)?.[1]));
    const raw = (await bmc.ipmitool("raw", "0x06", "0x37")).replace(/\s+/g, "");
    assert.equal(guid, raw);
  });

  it("switches power, and ipmitool sees it", async () => {
    await withIpmi(bmc, async (ipmi) => {
      for (const power of ["on", "off"] as const) {
        await ipmi.power(power);
        assert.equal((await ipmi.chassisStatus()).power, power);
        assert.match(await bmc.ipmitool("chassis", "power", "status"), new RegExp(`is ${power}`));
      }
    });
  });

  it("sets each boot device that this BMC keeps, reads it back, and ipmitool sees it", async () => {
    const names = { pxe: "Force PXE", disk: "Hard-Drive", cdrom: "CD/DVD", bios: "BIOS Setup" };
    await withIpmi(bmc, async (ipmi) => {
      for (const device of ["pxe", "disk", "cdrom", "bios"] as const) {
        assert.equal((await ipmi.setBootDevice(device)).device, device);
        const seen = await bmc.ipmitool("chassis", "bootparam", "get", "5");
        assert.ok(seen.includes(names[device]), seen);
      }
    });
  });

  it("reads a log that is handed out in halves, its reservation lost on the way, and clears it in its own time", async () => {
    const record = "0000020000000020000408516f01ffff";
    await withIpmi(bmc, async ({ eventLog }) => {
      assert.deepEqual(await eventLog.list(), []);
      for (let n = 0; n < 3; n += 1) await eventLog.add(Buffer.from(record, "hex"));
      const events = await eventLog.list();
      assert.deepEqual(
        events.map(({ id }) => id),
        ["1", "2", "3"],
      );
      await eventLog.clear();
      assert.deepEqual(await eventLog.list(), []);
    });
  });

  it("reads and writes a FRU by words, in pieces as small as the BMC wants, and waits while it is busy", async () => {
    await withIpmi(bmc, async ({ fru }) => {
      const { product, records } = await fru.read();
      assert.equal(product?.partNumber, "PSU-480-A");
      assert.equal(records.length, 1);
      assert.deepEqual((await fru.dump()).subarray(0, powerSupplyFru.length), powerSupplyFru);
      await fru.write(0, 8, powerSupplyFru.subarray(8, 40));
      await assert.rejects(fru.write(0, 9, Buffer.from("ab")), IpmiArgumentError);
    });
  });

  it("refuses the suite 3 with which this BMC answers whoever asks for 17", async () => {
    const connect = withIpmi({ ...bmc, cipherSuite: 17 }, () => Promise.resolve());
    await assert.rejects(connect, IpmiCipherSuiteError);
  });
});
