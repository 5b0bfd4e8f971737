import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type SimulatedBmc, startIpmiSim } from "../../fixtures/ipmi/ipmi-sim";
import { type Ended, lectern } from "../../fixtures/lectern";
import { type Scratch, scratchFolder } from "../../fixtures/scratch";

const HOST = "127.86.5.1";

describe("lectern bmc --target, against a controller behind ipmi_sim", function () {
  this.timeout(60_000);
  let sim: SimulatedBmc;
  let scratch: Scratch;
  let passwordFile: string;

  const bmc = (...words: string[]): Promise<Ended> =>
    lectern(["bmc", ...words, "-u", "lectern", "--password-file", passwordFile, "--cipher-suite", "3"]);
  interface Document {
    readonly hosts: readonly { readonly result: unknown; readonly error?: Record<string, unknown> }[];
  }
  const json = async (...words: string[]) => JSON.parse((await bmc(...words, "--json")).stdout) as Document;

  before(async () => {
    scratch = scratchFolder("bmc-controllers");
    sim = await startIpmiSim(HOST, 623, "repository", { satellite: true });
    passwordFile = join(scratch.dir, "password");
    writeFileSync(passwordFile, `${sim.password}\n`, { mode: 0o600 });
  });
  after(async () => {
    await sim?.stop();
    scratch.remove();
  });

  it("raw: the bytes that ipmitool -t gets", async () => {
    const { status, stdout, stderr } = await bmc("raw", HOST, "6", "1", "-t", "0x2c", "-b", "0");
    assert.deepEqual([status, stderr], [0, ""]);
    const theirs = (await sim.ipmitool("-t", "0x2c", "-b", "0", "raw", "6", "1")).trim();
    assert.equal(stdout.trim().split("\n").at(-1), `${HOST}  ${theirs}`);
  });

  it("sensors, fru, sel: the controller's own; without --target those of controllers are among the BMC's", async () => {
    type Named = readonly { readonly name: string; readonly value?: number }[];
    const [own, all] = await Promise.all([json("sensors", HOST, "--target", "0x2c"), json("sensors", HOST)]);
    const names = (document: Document) => (document.hosts[0]?.result as Named).map(({ name }) => name);
    assert.equal(names(own).length, 9);
    assert.ok(names(own).every((name) => name.startsWith("Blade") && names(all).includes(name)));
    assert.ok(names(all).includes("Inlet Temp"));
    const fru = await json("fru", HOST, "--target", "0x2c");
    assert.deepEqual(names(fru), ["built-in chassis", "built-in board", "built-in product"]);
    assert.deepEqual((await json("sel", HOST, "--target", "0x2c")).hosts[0]?.result, []);
    const { stdout } = await bmc("fru", HOST);
    assert.match(stdout, /Empty place +\S* +not read: controller 0x52, channel 0: .*0x83/);
  });

  it("says which controller did not answer, and what to check", async () => {
    const { status, stderr } = await bmc("raw", HOST, "6", "1", "-t", "0x52");
    assert.equal(status, 1);
    assert.match(
      stderr,
      /raw 0x06 0x01 at 0x52, channel 0: the BMC did not pass it on: completion code 0x83/,
    );
    assert.match(stderr, /check: address and channel of the controller/);
    const { hosts } = await json("raw", HOST, "6", "1", "-t", "0x30", "-b", "7", "-T", "0x2c");
    assert.equal(hosts[0]?.error?.["type"], "IpmiBridgeError");
    assert.match(String(hosts[0]?.error?.["problem"]), /^controller 0x2c, channel 0 did not pass it on/);
  });

  it("refuses what cannot be meant, all at once, before anything is asked", async () => {
    const refused = async (words: string[], ...problems: RegExp[]) => {
      const { status, stderr } = await bmc("raw", HOST, "6", "1", ...words);
      assert.equal(status, 2);
      for (const problem of problems) assert.match(stderr, problem);
    };
    await refused(["-b", "1", "-T", "0x82"], /--channel without --target/, /--transit without --target/);
    await refused(["-t", "0x2c", "-B", "1"], /--transit-channel without --transit/);
    await refused(["-t", "0x20"], /--target 0x20 is the BMC itself/);
    await refused(["-t", "0x76", "-T", "0x20"], /--transit 0x20 is the BMC itself/);
    await refused(["-t", "0x2d"], /Not an address on an IPMB/);
    await refused(["-t", "0x2c", "-b", "12"], /from 0 to 11/);
  });
});
