import assert from "node:assert/strict";
import {
  Ipmi,
  IpmiArgumentError,
  IpmiCompletionError,
  IpmiReadBackError,
  IpmiUnsafeError,
} from "../../../../bare-metal/ipmi";
import { type SimulatedBmc, startIpmiSim } from "../../../fixtures/ipmi/ipmi-sim";

describe("LAN configuration on ipmi_sim, with ipmitool and FreeIPMI as oracles", function () {
  this.timeout(60_000);
  let bmc: SimulatedBmc;
  let ipmi: Ipmi;

  before(async () => {
    bmc = await startIpmiSim("127.83.1.4");
    const { host, port, user, password } = bmc;
    ipmi = new Ipmi(host, user, password, { port, cipherSuite: 3, privilege: "administrator" });
  });
  after(async () => {
    await ipmi?.close();
    await bmc?.stop();
  });

  /** What `ipmitool lan print` says, in the words of our answer. */
  const oracle = async () => {
    const text = await bmc.ipmitool("lan", "print", "1");
    const field = (name: string) =>
      new RegExp(`^${name}\\s*: (.*?)\\s*$`, "m").exec(text)?.[1]?.toLowerCase() ?? "";
    const sources: Readonly<Record<string, string>> = {
      "static address": "static",
      "dhcp address": "dhcp",
      unspecified: "unspecified",
    };
    const letters: Readonly<Record<string, string>> = {
      x: "none",
      a: "administrator",
      o: "operator",
      u: "user",
    };
    const limits = field("Cipher Suite Priv Max").split("");
    return {
      source: sources[field("IP Address Source")],
      address: field("IP Address"),
      mask: field("Subnet Mask"),
      mac: field("MAC Address"),
      gateway: field("Default Gateway IP"),
      gatewayMac: field("Default Gateway MAC"),
      backupGateway: field("Backup Gateway IP"),
      backupGatewayMac: field("Backup Gateway MAC"),
      vlan: field("802.1q VLAN ID") === "disabled" ? undefined : Number(field("802.1q VLAN ID")),
      vlanPriority: Number(field("802.1q VLAN Priority")),
      suites: field("RMCP\\+ Cipher Suites")
        .split(",")
        .map((suite, n) => ({ suite: Number(suite), privilege: letters[limits[n] ?? ""] })),
    };
  };
  const agree = async () => {
    const { channel, ipv6, ...ours } = await ipmi.lan.read();
    assert.deepEqual(ours, await oracle());
    assert.deepEqual([channel, ipv6], [1, undefined]);
    return ours;
  };

  it("reads every field as ipmitool does", agree);

  it("sets address, mask, gateway, source and VLAN only with force, and both oracles see them", async () => {
    const wanted = {
      source: "static",
      address: "192.0.2.77",
      mask: "255.255.255.0",
      gateway: "192.0.2.1",
      vlan: 42,
      vlanPriority: 5,
    } as const;
    const before = await agree();
    await assert.rejects(ipmi.lan.set(wanted), IpmiUnsafeError);
    assert.deepEqual(await agree(), before);
    await ipmi.lan.set(wanted, { force: true });
    const { source, address, mask, gateway, vlan, vlanPriority } = await agree();
    assert.deepEqual({ source, address, mask, gateway, vlan, vlanPriority }, wanted);
    const section = ["--checkout", "--section", "Lan_Conf"];
    const seen = await bmc.freeipmi("ipmi-config", "--category=core", ...section);
    assert.match(seen, /IP_Address\s+192\.0\.2\.77/);
    assert.match(seen, /Subnet_Mask\s+255\.255\.255\.0/);
    assert.match(seen, /Default_Gateway_IP_Address\s+192\.0\.2\.1/);
    await ipmi.lan.set({ vlan: "off" }, { force: true });
    assert.equal((await agree()).vlan, undefined);
  });

  it("bars weak cipher suites from the channel, and leaves the others", async () => {
    await ipmi.lan.set({ suites: { 1: "none", 6: "none" } }, { force: true });
    const { suites } = await agree();
    const barred = suites?.filter((suite) => suite.privilege === "none").map((suite) => suite.suite);
    assert.deepEqual(barred, [1, 6]);
    await assert.rejects(ipmi.lan.set({ suites: { 17: "user" } }, { force: true }), IpmiArgumentError);
  });

  it("tells that a community string did not stick, without showing it", async () => {
    // ipmi_sim takes the parameter and drops it.
    await assert.rejects(ipmi.lan.set({ community: "S3cret-community" }), (error: unknown) => {
      assert.ok(error instanceof IpmiReadBackError);
      assert.ok(!error.message.includes("S3cret"));
      return true;
    });
  });

  it("refuses what is no address, no VLAN, no priority", async () => {
    for (const change of [
      { address: "192.0.2" },
      { gateway: "fe80::1" },
      { vlan: 4095 },
      { vlanPriority: 8 },
    ]) {
      await assert.rejects(ipmi.lan.set(change, { force: true }), IpmiArgumentError);
    }
  });

  it("reads a channel and its access as ipmitool does", async () => {
    const text = await bmc.ipmitool("channel", "info", "1");
    const info = await ipmi.lan.info();
    assert.deepEqual([info.channel, info.sessions, info.vendor], [1, "multiple", 7154]);
    assert.match(text, new RegExp(`Medium Type\\s*: ${info.medium}`));
    assert.match(text, /Session Support\s*: multi-session/);
    for (const copy of ["active", "stored"] as const) {
      const access = await ipmi.lan.access(1, copy);
      assert.deepEqual([access.mode, access.privilege], ["always", "administrator"]);
    }
    assert.match(text, /Access Mode\s*: always available/);
  });

  it("sets a channel's limit, but locks nobody out without force", async () => {
    await assert.rejects(ipmi.lan.setAccess({ privilege: "operator" }), IpmiUnsafeError);
    await assert.rejects(ipmi.lan.setAccess({ mode: "disabled" }), IpmiUnsafeError);
    await ipmi.lan.setAccess({ privilege: "operator" }, { force: true });
    assert.equal((await ipmi.lan.access()).privilege, "operator");
    await ipmi.lan.setAccess({ privilege: "administrator" });
    assert.equal((await ipmi.lan.access(1, "stored")).privilege, "administrator");
    // ipmi_sim knows no other mode, and says so.
    await assert.rejects(ipmi.lan.setAccess({ mode: "shared" }), (error: unknown) => {
      assert.ok(error instanceof IpmiCompletionError);
      assert.match(error.message, /0x83 \(access mode not supported\)/);
      return true;
    });
  });
});
