import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { PulumiProject } from "../../fixtures/pulumi-project";
import { startSshd, type TestSshd } from "../../fixtures/sshd";

/** Each way of getting in is a configuration value, so that one program serves all tests. */
const PROGRAM = `
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const connection = config.requireSecretObject<command.types.input.remote.ConnectionArgs>("connection");
const script = new command.remote.Command("script", {
  connection,
  create: "printf '%s from %s' \\"$LECTERN_TEST_WORD\\" \\"\${SSH_CONNECTION##* }\\"; cat; echo warned >&2",
  delete: "printf gone > " + config.require("grave"),
  environment: { LECTERN_TEST_WORD: "hello" },
  stdin: " through stdin",
  triggers: [config.get("trigger") ?? ""],
});
new command.remote.CopyToRemote("copy", {
  connection,
  source: new pulumi.asset.FileArchive(config.require("folder")),
  remotePath: config.require("there"),
});
export const stdout = pulumi.unsecret(script.stdout);
`;

describe("commands on another machine", function () {
  this.timeout(180_000);
  let sshd: TestSshd;
  let project: PulumiProject;
  const run = async (...args: string[]): Promise<string> => {
    const { status, output } = await project.pulumi(...args);
    assert.equal(status, 0, output);
    return output;
  };
  const connectBy = (connection: object) =>
    run(
      "config",
      "set",
      "--secret",
      "connection",
      JSON.stringify({ host: sshd.host, port: sshd.port, ...connection }),
    );
  const stdout = async () => (await run("stack", "output", "stdout")).trim();
  const up = () => project.pulumi("up", "--yes", "--skip-preview");

  before(async () => {
    sshd = await startSshd("127.71.222.1");
    project = new PulumiProject(PROGRAM);
    mkdirSync(project.path("folder/within"), { recursive: true });
    writeFileSync(project.path("folder/within/file"), "contents");
    await run("stack", "init", "dev");
    for (const name of ["grave", "folder", "there"]) await run("config", "set", name, project.path(name));
    await connectBy({ privateKey: sshd.privateKey, hostKey: sshd.hostKey });
    await run("up", "--yes", "--skip-preview");
  });
  after(async () => {
    project.remove();
    await sshd.stop();
  });

  it("runs a script there, with its environment and its input", async () => {
    assert.equal(await stdout(), `hello from ${sshd.port} through stdin`);
    assert.match(sshd.log(), /Accepted publickey for root/);
  });

  it("copies a folder there", () => {
    assert.equal(readFileSync(`${project.path("there")}/within/file`, "utf8"), "contents");
  });

  it("gets in by a key under a passphrase, and through another machine", async () => {
    const { text, passphrase } = sshd.lockedKey;
    await connectBy({ privateKey: text, privateKeyPassword: passphrase, hostKey: sshd.hostKey });
    await run("config", "set", "trigger", "passphrase");
    await run("up", "--yes", "--skip-preview");
    const hop = { privateKey: sshd.privateKey, hostKey: sshd.hostKey };
    await connectBy({ ...hop, proxy: { host: sshd.host, port: sshd.port, ...hop } });
    await run("config", "set", "trigger", "proxy");
    const logged = sshd.log().length;
    await run("up", "--yes", "--skip-preview");
    const logins =
      sshd
        .log()
        .slice(logged)
        .match(/Accepted publickey for root/g) ?? [];
    assert.ok(logins.length >= 2, sshd.log().slice(logged));
  });

  it("gets in by password, and says so when the password is wrong", async () => {
    const { password, hostKey } = sshd;
    await connectBy({ password, hostKey, dialErrorLimit: 0 });
    await run("config", "set", "trigger", "password");
    const logged = sshd.log().length;
    await run("up", "--yes", "--skip-preview");
    assert.match(sshd.log().slice(logged), /Accepted password for root/);
    const wrong = `${password}0`;
    await connectBy({ password: wrong, hostKey, dialErrorLimit: 0 });
    await run("config", "set", "trigger", "wrong password");
    const { status, output } = await up();
    assert.notEqual(status, 0);
    assert.match(output, /Permission denied \(publickey,password\)/);
    assert.ok(!output.includes(wrong), "the password is in the output");
  });

  it("refuses a machine with another host key", async () => {
    const other = execFileSync("sh", [
      "-c",
      `ssh-keygen -q -t ed25519 -N "" -C "" -f ${project.path("other")} && cat ${project.path("other")}.pub`,
    ]);
    await connectBy({ privateKey: sshd.privateKey, hostKey: other.toString().trim(), dialErrorLimit: 0 });
    await run("config", "set", "trigger", "another machine");
    const { status, output } = await up();
    assert.notEqual(status, 0);
    assert.match(output, /Host key verification failed/);
  });

  it("leaves no key behind, in the state or elsewhere", async () => {
    const secret = sshd.privateKey.split("\n")[2] ?? "nothing";
    const files = readdirSync(project.stateDir, { recursive: true, withFileTypes: true });
    const texts = files
      .filter((f) => f.isFile())
      .map((f) => readFileSync(`${f.parentPath}/${f.name}`, "utf8"));
    assert.ok(texts.some((text) => text.includes("command:remote:Command")));
    assert.ok(
      texts.every((text) =>
        [secret, "OPENSSH PRIVATE KEY", sshd.password].every((word) => !text.includes(word)),
      ),
    );
    assert.deepEqual(
      readdirSync(tmpdir()).filter((name) => name.startsWith("lectern-ssh-")),
      [],
    );
  });

  it("runs the delete command at the end", async () => {
    await connectBy({ privateKey: sshd.privateKey, hostKey: sshd.hostKey });
    await run("config", "set", "trigger", "passphrase");
    await run("up", "--yes", "--skip-preview");
    await run("destroy", "--yes", "--skip-preview");
    assert.equal(readFileSync(project.path("grave"), "utf8"), "gone");
  });
});
