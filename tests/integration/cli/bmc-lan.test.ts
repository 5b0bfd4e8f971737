import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { lectern } from "../../fixtures/lectern";
import { type SimulatedBmc, startIpmiSim } from "../../fixtures/ipmi/ipmi-sim";
import { type Scratch, scratchFolder } from "../../fixtures/scratch";

const HOST = "127.89.2.1";

describe("lectern bmc lan, with ipmitool as oracle", function () {
  this.timeout(60_000);
  let bmc: SimulatedBmc;
  let scratch: Scratch;
  let login: string[];

  const lan = (...words: string[]) => lectern(["bmc", "lan", ...words, ...login]);
  const printed = async (field: string) =>
    new RegExp(`^${field}\\s*: (.*\\S)`, "m").exec(await bmc.ipmitool("lan", "print", "1"))?.[1];

  before(async () => {
    scratch = scratchFolder("bmc-lan");
    bmc = await startIpmiSim(HOST);
    const file = join(scratch.dir, "password");
    writeFileSync(file, bmc.password, { mode: 0o600 });
    login = ["-u", bmc.user, "--password-file", file, "--cipher-suite", "3"];
  });
  after(async () => {
    await bmc?.stop();
    scratch.remove();
  });

  it("sets what is given on the channel that it uses, with --force, and shows what was read back", async () => {
    const change = ["--gateway", "192.0.2.1", "--mask", "255.255.255.0", "--vlan", "60"];
    const { status, stdout, stderr } = await lan("set", HOST, ...change, "--force", "--yes");
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^127\.89\.2\.1 .* 255\.255\.255\.0 +192\.0\.2\.1 +\S+ +60$/m);
    assert.equal(await printed("Default Gateway IP"), "192.0.2.1");
    assert.equal(await printed("Subnet Mask"), "255.255.255.0");
    assert.equal(await printed("802.1q VLAN ID"), "60");
    assert.equal((await lan("set", HOST, "--vlan", "off", "--force", "--yes")).status, 0);
    assert.equal(await printed("802.1q VLAN ID"), "Disabled");
    assert.equal((await lan("status", HOST)).stdout, (await lan(HOST, "--channel", "1")).stdout);
  });

  it("changes nothing there without --force", async () => {
    const before = await printed("Default Gateway IP");
    const { status, stderr } = await lan("set", HOST, "--gateway", "192.0.2.77", "--yes");
    assert.equal(status, 1);
    assert.match(stderr, /channel 1 is the one that this client itself uses; check: .*use force/);
    assert.equal(await printed("Default Gateway IP"), before);
  });

  it("asks first what is to be set where, and does nothing where nobody can be asked", async () => {
    const { status, stderr } = await lan("set", HOST, "--gateway", "192.0.2.77", "--force");
    assert.equal(status, 2);
    assert.match(
      stderr,
      /Set gateway 192\.0\.2\.77 on 1 BMC, even where that ends the way to it: 127\.89\.2\.1/,
    );
    assert.notEqual(await printed("Default Gateway IP"), "192.0.2.77");
  });

  it("gives one address to one BMC only", async () => {
    const { status, stderr } = await lan(
      "set",
      "127.89.2.[1-2]",
      "--address",
      "192.0.2.5",
      "--force",
      "--yes",
    );
    assert.equal(status, 2);
    assert.match(stderr, /--address 192\.0\.2\.5: one address cannot be that of 2 BMCs; name one host/);
  });

  const WRONG: readonly (readonly string[])[] = [
    [],
    ["--gateway", "192.0.2"],
    ["--address", "::1"],
    ["--vlan", "0"],
    ["--vlan", "on"],
    ["--vlan-priority", "8"],
    ["--source", "bios"],
    ["--channel", "12", "--vlan", "off"],
  ];
  for (const words of WRONG) {
    it(`refuses ${words.join(" ") || "to set nothing"} before it asks anybody`, async () => {
      const { status, stderr } = await lan("set", HOST, ...words, "--force", "--yes");
      assert.equal(status, 2);
      assert.match(stderr, words.length === 0 ? /nothing to set: give --source/ : new RegExp(words[0] ?? ""));
    });
  }
});
