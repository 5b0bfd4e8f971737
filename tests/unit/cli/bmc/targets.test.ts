import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { addBmcOptions, type BmcOptions } from "../../../../cli/bmc/options";
import { readNewPassword } from "../../../../cli/bmc/password";
import { findTargets } from "../../../../cli/bmc/targets";
import { UsageError } from "../../../../cli/failure";
import { inventoryTemplate } from "../../../../lab/room";
import { type Scratch, scratchFolder } from "../../../fixtures/scratch";

function options(...words: string[]): BmcOptions {
  const command = addBmcOptions(new Command("bmc"))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return command.parse(words, { from: "user" }).opts<BmcOptions>();
}

describe("targets of `lectern bmc`", () => {
  let scratch: Scratch;
  let password: string;
  let inventory: string;
  const variables = [
    "LECTERN_INVENTORY",
    "LECTERN_ROOM_DIR",
    "LECTERN_ROOM",
    "LECTERN_BMC_PASSWORD",
    "LECTERN_BMC_NEW_PASSWORD",
  ];
  let before: (string | undefined)[];

  const write = (name: string, text: string, mode = 0o600): string => {
    writeFileSync(join(scratch.dir, name), text, { mode });
    return join(scratch.dir, name);
  };
  const credentials = (...machines: string[]): string =>
    JSON.stringify({
      bmc: Object.fromEntries(machines.map((m) => [m, { password: `pw-of-${m}` }])),
      bootToken: "t".repeat(32),
    });

  beforeEach(() => {
    before = variables.map((name) => process.env[name]);
    for (const name of variables) Reflect.deleteProperty(process.env, name);
    scratch = scratchFolder("bmc-targets");
    password = write("password", "S3cret\r\nnot this\n");
    inventory = write("inventory.yaml", inventoryTemplate("127.86"));
  });
  afterEach(() => {
    scratch.remove();
    variables.forEach((name, i) => {
      if (before[i] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before[i];
    });
  });

  const refused = (pattern: string, words: string[], message: RegExp) =>
    assert.rejects(findTargets(pattern, options(...words)), (error: unknown) => {
      assert.ok(error instanceof UsageError, String(error));
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /S3cret|pw-of/);
      return true;
    });

  it("are plain hosts with --user, and the first line of the file is the password", async () => {
    const found = await findTargets(
      "10.0.0.[8-9]",
      options("-u", "admin", "--password-file", password, "-x", "10.0.0.8"),
    );
    assert.deepEqual(found, [
      {
        name: "10.0.0.9",
        protocol: "ipmi",
        host: "10.0.0.9",
        port: 623,
        label: "10.0.0.9:623",
        user: "admin",
        password: Buffer.from("S3cret"),
        cipherSuite: 17,
        redfish: {},
      },
    ]);
  });

  it("speak Redfish on its own port, with what vouches for their certificate", async () => {
    const authorities = write("authorities.pem", "PEM");
    const words = ["-u", "a", "--password-file", password, "--protocol", "redfish", "--certificate", "ab:cd"];
    const [found] = await findTargets("b", options(...words, "--authorities", authorities));
    assert.deepEqual([found?.protocol, found?.port], ["redfish", 443]);
    assert.deepEqual(found?.redfish, { certificate: "ab:cd", authorities: "PEM" });
  });

  it("take the password from the environment, once", async () => {
    process.env["LECTERN_BMC_PASSWORD"] = "S3cret";
    const [found] = await findTargets("b", options("-u", "a"));
    assert.equal(found?.password.toString(), "S3cret");
    assert.equal(process.env["LECTERN_BMC_PASSWORD"], undefined);
  });

  it("are machines of the inventory, each with its own user, suite and password", async () => {
    write("credentials.json", credentials("gpu-1", "gpu-2"));
    const found = await findTargets("gpu-[1-2]", options("--inventory", inventory));
    assert.ok(found.every(({ protocol }) => protocol === "ipmi"));
    assert.deepEqual(
      found.map(({ name, label, user, cipherSuite, password: secret }) => [
        name,
        label,
        user,
        cipherSuite,
        secret.toString(),
      ]),
      [
        ["gpu-1", "127.86.1.11:623", "lectern", 3, "pw-of-gpu-1"],
        ["gpu-2", "127.86.1.12:623", "lectern", 3, "pw-of-gpu-2"],
      ],
    );
  });

  it("are asked over Redfish where the inventory says so, with its certificate and system", async () => {
    write("credentials.json", credentials("gpu-1"));
    const certificate = "ab".repeat(32);
    const bmc = `{ protocol: redfish, address: 127.86.1.11, user: root, certificate: ${certificate}, system: "1" }`;
    writeFileSync(
      inventory,
      inventoryTemplate("127.86").replace(/bmc: \{ address: 127\.86\.1\.11,.*\}/, `bmc: ${bmc}`),
    );
    const [found] = await findTargets("gpu-1", options("--inventory", inventory));
    assert.deepEqual([found?.protocol, found?.label, found?.user], ["redfish", "127.86.1.11:443", "root"]);
    assert.deepEqual(found?.redfish, { certificate, system: "1" });
  });

  it("are machines of $LECTERN_INVENTORY, or of the room that $LECTERN_ROOM_DIR names", async () => {
    write("credentials.json", credentials("gpu-1"));
    process.env["LECTERN_INVENTORY"] = inventory;
    assert.equal((await findTargets("gpu-1", options())).length, 1);
    Reflect.deleteProperty(process.env, "LECTERN_INVENTORY");
    process.env["LECTERN_ROOM_DIR"] = scratch.dir;
    assert.equal((await findTargets("gpu-1", options())).length, 1);
  });

  it("take another user and password for all machines of an inventory", async () => {
    const [found] = await findTargets(
      "gpu-1",
      options("--inventory", inventory, "-u", "root", "--password-file", password),
    );
    assert.deepEqual(
      [found?.user, found?.host, found?.password.toString()],
      ["root", "127.86.1.11", "S3cret"],
    );
  });

  it("name every machine that the inventory lacks, and those that it has", () =>
    refused(
      "gpu-[1-2],gpx-[1-2]",
      ["--inventory", inventory],
      /has no machine gpx-\[1-2\]; it has .*gpu-\[1-/,
    ));

  it("name every machine without a password", () => {
    write("credentials.json", credentials("gpu-1"));
    return refused("gpu-[1-3]", ["--inventory", inventory], /has no password for the BMC of gpu-\[2-3\]/);
  });

  it("name what there is where nothing names an inventory", () => {
    process.env["LECTERN_ROOM_DIR"] = join(scratch.dir, "none");
    return refused("gpu-1", [], /no inventory: give --inventory/);
  });

  it("take no password from a file that others can read", async () => {
    const open = write("open", "S3cret\n", 0o644);
    await refused("b", ["-u", "a", "--password-file", open], /others can read this password; chmod 600/);
    const shared = write("shared.json", credentials("gpu-1"), 0o640);
    await refused(
      "gpu-1",
      ["--inventory", inventory, "--credentials", shared],
      /others can read these passwords/,
    );
    await assert.rejects(readNewPassword(open), UsageError);
  });

  it("say what is wrong with a file of secrets, and quote nothing of it", async () => {
    await refused("b", ["-u", "a", "--password-file", write("empty", "\n")], /no password in it/);
    await refused(
      "b",
      ["-u", "a", "--password-file", join(scratch.dir, "none")],
      /cannot be read \(ENOENT\)/,
    );
    const broken = write("broken.json", "{S3cret");
    await refused("gpu-1", ["--inventory", inventory, "--credentials", broken], /not JSON/);
  });

  const bad: [string, string[]][] = [
    ["cipher suite 0", ["--cipher-suite", "0"]],
    ["a port of 70000", ["--port", "70000"]],
    ["a timeout without a unit", ["--timeout", "5"]],
    ["nobody at a time", ["--parallel", "0"]],
    ["another protocol", ["--protocol", "snmp"]],
    ["a password on the command line", ["--password", "S3cret"]],
  ];
  for (const [title, words] of bad) {
    it(`are not asked with ${title}`, () => {
      assert.throws(() => options(...words), { name: "CommanderError" });
    });
  }
});
