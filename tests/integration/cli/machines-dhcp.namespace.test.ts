import assert from "node:assert/strict";
import { resolve } from "node:path";
import { run, runToEnd } from "../../../base/run";
import { type ForeignDhcp, startForeignDhcp } from "../../fixtures/foreign-dhcp";
import { type Scratch, scratchFolder } from "../../fixtures/scratch";

const LECTERN = resolve(__dirname, "../../../bin/lectern.js");

/** A provisioning network with one DHCP server of somebody else's. */
describe("lectern machines check-dhcp", function () {
  this.timeout(60_000);
  let scratch: Scratch;
  let foreign: ForeignDhcp;

  before(async () => {
    scratch = scratchFolder("check-dhcp");
    await run(["ip", "link", "set", "lo", "up"]);
    await run(["ip", "link", "add", "bridge0", "type", "bridge"]);
    await run(["ip", "address", "add", "10.77.0.1/24", "dev", "bridge0"]);
    await run(["ip", "link", "set", "bridge0", "up"]);
    foreign = await startForeignDhcp({
      dir: scratch.dir,
      bridge: "bridge0",
      address: "10.77.0.9/24",
      range: ["10.77.0.200", "10.77.0.210"],
    });
  });
  after(() => {
    foreign?.stop();
    scratch?.remove();
  });

  const check = (...words: string[]) =>
    runToEnd([process.execPath, LECTERN, "machines", "check-dhcp", "--wait", "3", ...words]);

  it("names a second DHCP server where ours is to be the only one", async () => {
    const { status, stdout, stderr } = await check("--network", "10.77.0.0/24");
    assert.equal(status, 1, stderr);
    assert.match(stdout, /10\.77\.0\.9 +10\.77\.0\.2\d\d +no/);
    assert.match(stderr, /two DHCP servers: 10\.77\.0\.9 also gives addresses/);
    assert.match(stderr, /fix: +switch 10\.77\.0\.9 off for this network, or run ours as its proxy/);
  });

  it("finds nothing wrong with it where ours is a proxy", async () => {
    const { status, stdout, stderr } = await check("--network", "10.77.0.0/24", "--mode", "proxy", "--json");
    assert.equal(status, 0, stderr);
    const { offers, faults } = JSON.parse(stdout) as { offers: { server: string }[]; faults: unknown[] };
    assert.deepEqual([offers.map((o) => o.server), faults], [["10.77.0.9"], []]);
  });

  it("says where it is to be run", async () => {
    const { status, stderr } = await check("--network", "10.99.0.0/24");
    assert.equal(status, 2);
    assert.match(stderr, /this machine has no address in it; run this on the machine that serves/);
  });
});
