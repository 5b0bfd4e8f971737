import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  Ipmi,
  IpmiAuthenticationError,
  IpmiCipherSuiteError,
  IpmiCompletionError,
  IpmiPrivilegeError,
  IpmiUnreachableError,
  withIpmi,
} from "../../../../bare-metal/ipmi";
import { getSdrRepositoryInfo } from "../../../../bare-metal/ipmi/messages/sdr-repository-info";
import { type SimulatedBmc, startIpmiSim } from "../../../fixtures/ipmi/ipmi-sim";

const run = promisify(execFile);

describe("IPMI client against ipmi_sim, with ipmitool as oracle", function () {
  this.timeout(120_000);
  let bmc: SimulatedBmc;
  /** Sessions besides ipmitool's own. */
  const activeSessions = async () => {
    const text = await bmc.ipmitool("session", "info", "active");
    return Number(/active sessions\s*: (\d+)/.exec(text)?.[1]) - 1;
  };

  /** Sessions that were activated, besides ipmitool's own: a half-open one has no user yet. */
  const activated = async () => {
    const text = await bmc.ipmitool("session", "info", "all");
    return [...text.matchAll(/user id\s*: [1-9]/g)].length - 1;
  };

  before(async () => {
    bmc = await startIpmiSim("127.90.1.1");
  });
  after(() => bmc?.stop());

  it("agrees on device and GUID", async () => {
    const [id, guid] = await withIpmi(
      bmc.target,
      async (ipmi) => [await ipmi.deviceId(), await ipmi.systemGuid()] as const,
    );
    const info = await bmc.ipmitool("mc", "info");
    assert.equal(id.firmware, /Firmware Revision\s*: (\S+)/.exec(info)?.[1]);
    assert.equal(id.ipmiVersion, /IPMI Version\s*: (\S+)/.exec(info)?.[1]);
    assert.equal(id.manufacturerId, Number(/Manufacturer ID\s*: (\d+)/.exec(info)?.[1]));
    assert.equal(id.productId, Number(/Product ID\s*: (\d+)/.exec(info)?.[1]));
    assert.equal(guid, bmc.guid);
    const oracle = /System GUID\s*: (\S+)/.exec(await bmc.ipmitool("mc", "guid"))?.[1];
    assert.equal(guid, oracle?.replaceAll("-", "").toLowerCase());
  });

  it("agrees on the SDR repository", async () => {
    const info = await withIpmi(bmc.target, (ipmi) => ipmi.run(getSdrRepositoryInfo));
    const oracle = await bmc.ipmitool("sdr", "info");
    const says = (field: string) => new RegExp(`${field}\\s*: (\\S+)`).exec(oracle)?.[1];
    assert.equal(`0x${info.version.replace(/(.)\.(.)/, "$2$1")}`, says("SDR Version"));
    assert.equal(String(info.records), says("Record Count"));
    assert.deepEqual([info.freeBytes, says("Free Space")], [65_534, ">"], "so many or more");
    const supported = (name: (typeof info.supports)[number]) => (info.supports.includes(name) ? "yes" : "no");
    assert.deepEqual(
      [supported("allocation-info"), supported("reserve"), supported("delete"), supported("partial-add")],
      ["SDR Repository Alloc", "Reserve SDR repository", "Delete SDR", "Partial Add SDR"].map(
        (name) => new RegExp(`${name} (?:info )?supported +: (\\S+)`, "i").exec(oracle)?.[1],
      ),
    );
  });

  it("says what the BMC offers, before any session", async () => {
    const ipmi = new Ipmi(bmc.host, bmc.user, bmc.password, bmc.target);
    const offer = await ipmi.authenticationCapabilities();
    assert.deepEqual([offer.channel, offer.ipmi20, offer.bmcKeySet], [1, true, false]);
    assert.equal(await activeSessions(), 0);
    // ipmi_sim answers ipmitool's question within a session with D5h; this one asks before any, as is done here.
    const { stdout: oracle } = await run("ipmi-ping", ["-c", "1", "-v", "-r", "2.0", bmc.host]);
    const says = (field: string) => new RegExp(`${field}=(\\w+)`).exec(oracle)?.[1] === "set";
    assert.deepEqual(
      [offer.ipmi20, offer.ipmi15, offer.anonymousLogin, offer.bmcKeySet],
      ["ipmi_v2.0", "ipmi_v1.5", "anon", "k_g"].map(says),
    );
    await ipmi.close();
  });

  it("switches power, and ipmitool sees it", async () => {
    await withIpmi(bmc.target, async (ipmi) => {
      for (const power of ["on", "off", "on"] as const) {
        await ipmi.power(power);
        assert.equal((await ipmi.chassisStatus()).power, power);
        assert.match(await bmc.ipmitool("chassis", "power", "status"), new RegExp(`is ${power}`));
      }
      await ipmi.power("reset");
    });
    assert.equal(bmc.chassisCalls().filter((call) => call.startsWith("set reset")).length, 1);
  });

  it("sets each boot device, reads it back, and ipmitool sees it", async () => {
    const names = {
      pxe: "Force PXE",
      disk: "Hard-Drive",
      cdrom: "CD/DVD",
      bios: "BIOS Setup",
      none: "No override",
    };
    await withIpmi(bmc.target, async (ipmi) => {
      for (const device of ["pxe", "disk", "cdrom", "bios", "none"] as const) {
        assert.equal((await ipmi.setBootDevice(device)).device, device);
        assert.equal((await ipmi.bootDevice()).device, device);
        const seen = await bmc.ipmitool("chassis", "bootparam", "get", "5");
        assert.ok(seen.includes(names[device]), seen);
      }
    });
  });

  it("sees what ipmitool sets", async () => {
    await bmc.ipmitool("chassis", "power", "off");
    await bmc.ipmitool("chassis", "bootdev", "bios");
    await withIpmi(bmc.target, async (ipmi) => {
      assert.equal((await ipmi.chassisStatus()).power, "off");
      assert.equal((await ipmi.bootDevice()).device, "bios");
    });
  });

  it("answers raw requests as ipmitool does", async () => {
    const oracle = (await bmc.ipmitool("raw", "0x06", "0x01")).replace(/\s+/g, "");
    await withIpmi(bmc.target, async (ipmi) => assert.equal((await ipmi.raw(6, 1)).toString("hex"), oracle));
  });

  it("identifies", async () => {
    await withIpmi(bmc.target, (ipmi) => ipmi.identify(5));
    assert.ok(bmc.chassisCalls().some((call) => call.startsWith("set identify 5")));
  });

  it("names a wrong password, an unknown user, a suite that the BMC lacks", async () => {
    const connect = (change: object) => withIpmi({ ...bmc.target, ...change }, () => Promise.resolve());
    await assert.rejects(connect({ password: "wrong" }), IpmiAuthenticationError);
    await assert.rejects(connect({ user: "nobody" }), IpmiAuthenticationError);
    await assert.rejects(connect({ cipherSuite: 17 }), IpmiCipherSuiteError);
    assert.equal(await activeSessions(), 0, "not even half-open ones");
  });

  it("names a BMC that is not there", async () => {
    const absent = { ...bmc.target, host: "127.90.1.250", timeout: 20, retries: 1 };
    await assert.rejects(
      withIpmi(absent, () => Promise.resolve()),
      IpmiUnreachableError,
    );
  });

  it("keeps to the privilege asked for", async () => {
    await withIpmi({ ...bmc.target, privilege: "user" }, async (ipmi) => {
      await assert.rejects(ipmi.power("on"), IpmiPrivilegeError);
      await ipmi.chassisStatus();
    });
  });

  it("says a completion code in words", async () => {
    await withIpmi(bmc.target, async (ipmi) => {
      await assert.rejects(ipmi.restartCause(), (error: unknown) => {
        assert.ok(error instanceof IpmiCompletionError);
        assert.match(error.message, /127\.90\.1\.1:623.*Get System Restart Cause.*0xc1 \(invalid command\)/);
        return true;
      });
    });
  });

  it("shares one session among clients that log in alike, and leaves none, also after an error", async () => {
    const two = [
      new Ipmi(bmc.host, bmc.user, bmc.password, bmc.target),
      new Ipmi(bmc.host, bmc.user, bmc.password, bmc.target),
    ];
    await Promise.all(two.map((ipmi) => ipmi.connect()));
    assert.deepEqual([await activeSessions(), await activated()], [1, 1]);
    await two[0]!.close();
    assert.equal(await activeSessions(), 1, "the other one goes on with it");
    await two[1]!.deviceId();
    await two[1]!.close();
    assert.equal(await activeSessions(), 0);
    const failure = new Error("work failed");
    await assert.rejects(
      withIpmi(bmc.target, () => Promise.reject(failure)),
      failure,
    );
    assert.equal(await activeSessions(), 0);
    await assert.rejects(two[0]!.deviceId(), { name: "IpmiClosedError" });
  });

  it("opens one session for commands asked at the same time", async () => {
    const ipmi = new Ipmi(bmc.host, bmc.user, bmc.password, bmc.target);
    await Promise.all([ipmi.deviceId(), ipmi.chassisStatus(), ipmi.systemGuid()]);
    assert.equal(await activeSessions(), 1);
    await ipmi.close();
  });

  it("stops when the caller says so", async () => {
    const stop = new AbortController();
    const silent = new Ipmi("127.90.1.250", "u", "p", { signal: stop.signal });
    const connecting = silent.connect();
    setImmediate(() => stop.abort());
    await assert.rejects(connecting, { name: "IpmiAbortedError" });
    await silent.close();
  });
});
