import assert from "node:assert/strict";
import {
  Ipmi,
  IpmiAuthenticationError,
  IpmiCipherSuiteError,
  type IpmiTarget,
  withIpmi,
} from "../../../../bare-metal/ipmi";
import { type GoBmc, startGoBmc } from "../../../fixtures/ipmi/goipmi-server";

describe("IPMI client against goipmi-server, suite 17, with ipmitool as oracle", function () {
  this.timeout(60_000);
  let bmc: GoBmc;
  const target = (change: Partial<IpmiTarget> = {}): IpmiTarget => {
    const { host, port, user, password } = bmc;
    return { host, port, user, password, ...change };
  };

  before(async () => {
    bmc = await startGoBmc();
  });
  after(() => bmc?.stop());

  it("needs no option for suite 17, with a password of 20 bytes", async () => {
    const id = await withIpmi(target(), (ipmi) => ipmi.deviceId());
    const info = await bmc.ipmitool("mc", "info");
    assert.equal(id.firmware, /Firmware Revision\s*: (\S+)/.exec(info)?.[1]);
    assert.equal(id.manufacturerId, Number(/Manufacturer ID\s*: (\d+)/.exec(info)?.[1]));
  });

  it("switches power, and ipmitool sees it", async () => {
    await withIpmi(target(), async (ipmi) => {
      for (const power of ["on", "off"] as const) {
        await ipmi.power(power);
        assert.match(await bmc.ipmitool("chassis", "power", "status"), new RegExp(`is ${power}`));
      }
    });
  });

  it("sets device, persistence and UEFI, reads them back, and ipmitool sees them", async () => {
    await withIpmi(target(), async (ipmi) => {
      for (const once of [true, false]) {
        for (const uefi of [true, false]) {
          const want = { valid: true, device: "pxe", once, uefi } as const;
          assert.deepEqual(await ipmi.setBootDevice("pxe", { once, uefi }), want);
          assert.deepEqual(await ipmi.bootDevice(), want);
          const seen = await bmc.ipmitool("chassis", "bootparam", "get", "5");
          assert.match(seen, once ? /only next boot/ : /all future boots/);
          assert.match(seen, uefi ? /EFI boot/ : /PC Compatible/);
        }
      }
    });
  });

  it("names a wrong password, an unknown user, a suite that the BMC lacks", async () => {
    const connect = (change: Partial<IpmiTarget>) => withIpmi(target(change), () => Promise.resolve());
    await assert.rejects(connect({ password: "wrong" }), IpmiAuthenticationError);
    await assert.rejects(connect({ user: "nobody" }), IpmiAuthenticationError);
    await assert.rejects(connect({ cipherSuite: 3 }), IpmiCipherSuiteError);
  });

  it("says what the BMC offers", async () => {
    const ipmi = new Ipmi(bmc.host, bmc.user, bmc.password, { port: bmc.port });
    const offer = await ipmi.authenticationCapabilities();
    assert.equal(offer.ipmi20, true);
    await ipmi.close();
  });
});
