import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../../../base/wait";
import { inventoryTemplate } from "../../../lab/room";
import { type Ended, Lectern, lectern } from "../../fixtures/lectern";
import { type SimulatedBmc, startIpmiSim } from "../../fixtures/ipmi/ipmi-sim";
import { startAll } from "../../fixtures/start-all";
import { type Scratch, scratchFolder } from "../../fixtures/scratch";

const HOSTS = "127.86.1.[11-13]";
const ONE = "127.86.1.12";

describe("lectern bmc, against several ipmi_sim", function () {
  this.timeout(60_000);
  let bmcs: SimulatedBmc[] = [];
  let scratch: Scratch;
  let passwordFile: string;

  const bmc = (...words: string[]): Promise<Ended> =>
    lectern(["bmc", ...words, "-u", "lectern", "--password-file", passwordFile, "--cipher-suite", "3"]);
  const oracle = (...words: string[]) => Promise.all(bmcs.map((one) => one.ipmitool(...words)));
  const powers = async () =>
    (await oracle("chassis", "power", "status")).map((text) => /is (on|off)/.exec(text)?.[1]);
  const orders = () => bmcs.map((one) => one.chassisCalls().filter((call) => call.startsWith("set ")));
  const good = async (...words: string[]): Promise<string> => {
    const { status, stdout, stderr } = await bmc(...words);
    assert.deepEqual([status, stderr], [0, ""]);
    return stdout;
  };
  const json = async (...words: string[]) => JSON.parse(await good(...words, "--json")) as Document;

  interface Document {
    readonly hosts: readonly { readonly host: string; readonly result: Record<string, unknown> }[];
    readonly failed: number;
  }

  before(async () => {
    scratch = scratchFolder("bmc");
    bmcs = await startAll([11, 12, 13].map((n) => startIpmiSim(`127.86.1.${n}`)));
    passwordFile = join(scratch.dir, "password");
    writeFileSync(passwordFile, `${bmcs[0]?.password}\n`, { mode: 0o600 });
  });
  after(async () => {
    await Promise.all(bmcs.map((one) => one.stop()));
    scratch.remove();
  });

  it("switches machines on, and its table says what ipmitool says", async () => {
    await good("power", "on", "127.86.1.[11,13]");
    assert.deepEqual(await powers(), ["on", "off", "on"]);
    const table = "HOST         POWER\n127.86.1.11  on\n127.86.1.12  off\n127.86.1.13  on\n";
    for (const words of [["status"], ["power"], ["power", "status"]]) {
      assert.equal(await good(...words, HOSTS), table);
    }
  });

  it("leaves out what -x names", async () => {
    const { hosts } = await json("status", HOSTS, "-x", "127.86.1.[11-12]");
    assert.deepEqual(hosts, [{ host: "127.86.1.13", bmc: "127.86.1.13:623", result: { power: "on" } }]);
  });

  it("orders nothing of many machines that takes something away, unless --yes says so", async () => {
    const before = orders();
    const { status, stdout, stderr } = await bmc("power", "reset", HOSTS);
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, /Reset 3 machines: 127\.86\.1\.\[11-13\]: nobody can be asked here; say --yes/);
    assert.deepEqual(orders(), before);
    await good("power", "reset", HOSTS, "--yes");
    assert.deepEqual(
      orders().map((calls, i) => calls.slice(before[i]?.length)),
      [["set reset 1"], ["set reset 1"], ["set reset 1"]],
    );
  });

  it("switches one machine off without a question", async () => {
    await good("power", "off", "127.86.1.11");
    assert.deepEqual((await powers())[0], "off");
  });

  it("identifies, and asks anything by its numbers as ipmitool does", async () => {
    await good("identify", HOSTS, "--seconds", "7");
    assert.ok(orders().every((calls) => calls.some((call) => call.startsWith("set identify 7"))));
    const [expected = ""] = await oracle("raw", "0x06", "0x01");
    const { hosts } = await json("raw", HOSTS, "0x06", "1");
    for (const { result } of hosts) assert.equal(result["data"], expected.replace(/\s+/g, ""));
  });

  it("sets what machines boot from, and ipmitool sees it", async () => {
    // ipmi_sim keeps no more of the flags than the device.
    assert.match(await good("boot", "pxe", ONE), /^127\.86\.1\.12 {2}pxe +next boot +legacy$/m);
    const once = (await oracle("chassis", "bootparam", "get", "5"))[1] ?? "";
    assert.match(once, /Force PXE/);
    const { hosts } = await json("boot", ONE);
    assert.equal(hosts[0]?.result["device"], "pxe");
    await good("boot", "none", ONE);
    assert.match((await oracle("chassis", "bootparam", "get", "5"))[1] ?? "", /No override/);
  });

  it("reads the sensors that ipmitool reads", async () => {
    const { hosts } = await json("sensors", HOSTS);
    const names = (hosts[1]?.result as unknown as { name: string }[]).map(({ name }) => name);
    const listed = ((await oracle("-c", "sdr", "list", "full"))[1] ?? "")
      .trim()
      .split("\n")
      .map((line) => line.split(",")[0]);
    assert.ok(listed.length > 3);
    for (const name of listed) assert.ok(names.includes(name ?? ""), `${name} among ${names.join(", ")}`);
    assert.match(
      await good("sensors", ONE),
      /^HOST +SENSOR +TYPE +READING +HEALTH +STATES\n127\.86\.1\.12 .*degrees C/m,
    );
    const faults = (await json("sensors", ONE, "--faults")).hosts[0]?.result as unknown as {
      health: string;
    }[];
    assert.ok(faults.length < names.length && faults.every(({ health }) => health !== "ok"));
  });

  it("reads the event log, and clears it when told to", async () => {
    const event = join(scratch.dir, "event");
    writeFileSync(event, "0x04 0x01 0x30 0x01 0x57 0x64 0x55\n");
    await oracle("sel", "add", event);
    const events = (await json("sel", ONE)).hosts[0]?.result as unknown as { source: string }[];
    assert.ok(events.length > 0);
    const count = /Entries\s*: (\d+)/.exec((await oracle("sel", "info"))[1] ?? "")?.[1];
    assert.equal(events.length, Number(count));
    assert.equal((await bmc("sel", "clear", ONE)).status, 2);
    assert.equal(await good("sel", "clear", ONE, "--yes"), "HOST         EVENT LOG\n127.86.1.12  cleared\n");
    const infos = await oracle("sel", "info");
    assert.match(infos[1] ?? "", /Entries\s*: 0/);
    assert.doesNotMatch(infos[0] ?? "", /Entries\s*: 0/);
  });

  it("reads parts and identity as ipmitool does", async () => {
    const parts = (await json("fru", ONE)).hosts[0]?.result as unknown as { serialNumber?: string }[];
    const printed = (await oracle("fru", "print", "0"))[1] ?? "";
    const serial = /Product Serial\s*: (\S+)/.exec(printed)?.[1];
    assert.ok(serial && parts.some(({ serialNumber }) => serialNumber === serial), printed);
    const { result } = (await json("info", ONE)).hosts[0] ?? {};
    assert.equal(result?.["systemGuid"], bmcs[1]?.guid);
  });

  it("makes, changes and deletes users, as ipmitool sees", async () => {
    const secret = join(scratch.dir, "new-password");
    writeFileSync(secret, "S3cret-of-ada", { mode: 0o600 });
    const row = async () => /^\d+ +ada +.*$/m.exec((await oracle("user", "list", "1"))[1] ?? "")?.[0];
    await good("users", "add", ONE, "ada", "user", "--new-password-file", secret);
    assert.match((await row()) ?? "", /USER$/);
    const { stdout } = await lectern([
      "bmc",
      "status",
      ONE,
      "-u",
      "ada",
      "--password-file",
      secret,
      "--cipher-suite",
      "3",
    ]);
    assert.match(stdout, /127\.86\.1\.12/);
    await good("users", "privilege", ONE, "ada", "operator");
    assert.match((await row()) ?? "", /OPERATOR$/);
    const listed = (await json("users", ONE)).hosts[0]?.result as unknown as {
      name: string;
      privilege: string;
    }[];
    assert.deepEqual(listed.find(({ name }) => name === "ada")?.privilege, "operator");
    assert.equal((await bmc("users", "delete", ONE, "ada")).status, 2);
    await good("users", "delete", ONE, "ada", "--yes");
    assert.equal(await row(), undefined);
  });

  it("reads the LAN configuration as ipmitool does", async () => {
    const { result: lan } = (await json("lan", ONE)).hosts[0] ?? {};
    const printed = (await oracle("lan", "print", "1"))[1] ?? "";
    assert.equal(lan?.["address"], /^IP Address\s*: (\S+)/m.exec(printed)?.[1]);
  });

  it("ends well at Ctrl-C: what was not asked is said, and no session is left", async () => {
    const silent = "127.86.3.[1-40]";
    const words = [
      "bmc",
      "status",
      `${HOSTS},${silent}`,
      "-u",
      "lectern",
      "--cipher-suite",
      "3",
      "--timeout",
      "60s",
    ];
    const run = new Lectern([...words, "--password-file", passwordFile, "--json"]);
    await waitFor("it has begun", () => /power status: 43 BMCs/.exec(run.stderr) ?? undefined, {
      timeout: 20_000,
    });
    // The three that answer do so long before the others are given up.
    await waitFor("three have answered", () => /3 of 43/.exec(run.stderr) ?? undefined, { timeout: 20_000 });
    run.child.kill("SIGINT");
    const { status, stdout, stderr } = await run.ended();
    assert.equal(status, 130, stderr);
    const { hosts, failed } = JSON.parse(stdout) as { hosts: { error?: { type: string } }[]; failed: number };
    assert.equal(failed, 40);
    assert.ok(hosts.slice(3).every(({ error }) => error?.type === "IpmiAbortedError"));
    for (const text of await oracle("session", "info", "active"))
      assert.match(text, /active sessions\s*: 1\b/);
  });

  it("takes machines, users and passwords from an inventory", async () => {
    const inventory = join(scratch.dir, "inventory.yaml");
    writeFileSync(inventory, inventoryTemplate("127.86"));
    const passwords = Object.fromEntries(bmcs.map(({ password }, i) => [`gpu-${i + 1}`, { password }]));
    const secrets = { bmc: passwords, bootToken: "no token of any use, and long enough" };
    writeFileSync(join(scratch.dir, "credentials.json"), JSON.stringify(secrets), { mode: 0o600 });
    await good("power", "on", HOSTS);
    await good("power", "off", "127.86.1.11");
    const words = ["bmc", "status", "gpu-[1-3]", "--inventory", inventory];
    const { status, stdout, stderr } = await lectern(words);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^gpu-1 {2}off\ngpu-2 {2}on\ngpu-3 {2}on$/m);
  });
});
