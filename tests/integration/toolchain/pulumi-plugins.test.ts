import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { processStartTime } from "../../../base/processes";
import { waitFor } from "../../../base/wait";
import { PulumiProject } from "../../fixtures/pulumi-project";

const BIN = resolve(__dirname, "../../../toolchain/pulumi-plugins/bin");

const PROGRAM = `
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { RandomId, RandomPassword, RandomPet, RandomString } from "@pulumi/random";

const config = new pulumi.Config();
const password = new RandomPassword("password", {
  length: 24,
  minSpecial: 2,
  keepers: { turn: config.get("turn") ?? "1" },
});
const script = new command.local.Command("script", {
  create: "printf '%s' \\"$WORD\\"; echo warned >&2",
  update: "printf 'was %s' \\"$PULUMI_COMMAND_STDOUT\\"",
  delete: "printf gone > " + config.require("grave"),
  environment: { WORD: config.get("word") ?? "one" },
  triggers: [config.get("trigger") ?? "1"],
});
new command.local.Command("keeps-a-secret", { create: "cat", stdin: password.result });
if (config.get("fail")) {
  new command.local.Command("fails", { create: "echo because >&2; exit 3", environment: { TOKEN: password.result } });
}
if (config.get("throw")) throw new Error("the program broke");

export const result = password.result;
export const stdout = script.stdout;
export const pet = new RandomPet("pet", {}).id;
export const id = new RandomId("id", { byteLength: 4 }).hex;
export const code = new RandomString("code", { length: 8, special: false, upper: false }).result;
export const ran = command.local.runOutput({ command: "echo now" }).stdout;
`;

describe("Pulumi's engine with the plugins of this project", function () {
  this.timeout(240_000);
  let project: PulumiProject;
  const ok = async (...args: string[]): Promise<string> => {
    const { status, output } = await project.pulumi(...args);
    assert.equal(status, 0, output);
    return output;
  };
  const up = () => ok("up", "--yes", "--skip-preview");
  const outputs = async () =>
    JSON.parse(await ok("stack", "output", "--json", "--show-secrets")) as Record<string, string>;

  before(async () => {
    project = new PulumiProject(PROGRAM);
    await ok("stack", "init", "dev");
    await ok("config", "set", "grave", project.path("grave"));
    await up();
  });
  after(async () => {
    await project.pulumi("destroy", "--yes", "--skip-preview");
    project.remove();
  });

  it("draws values as asked and runs commands", async () => {
    const values = await outputs();
    assert.match(values.result ?? "", /^.{24}$/);
    assert.ok((values.result?.match(/[^A-Za-z0-9]/g) ?? []).length >= 2);
    assert.match(values.id ?? "", /^[0-9a-f]{8}$/);
    assert.match(values.code ?? "", /^[a-z0-9]{8}$/);
    assert.match(values.pet ?? "", /^[a-z]+-[a-z]+$/);
    assert.equal(values.stdout, "one");
    assert.equal(values.ran, "now");
  });

  it("finds nothing to do the second time, and says nothing of its plugins", async () => {
    const before = await outputs();
    const output = await ok("up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.doesNotMatch(output, /warning/);
    assert.deepEqual(await outputs(), before);
  });

  it("keeps a secret, and what a command made of it, out of the state", async () => {
    const { result = "" } = await outputs();
    const files = readdirSync(project.stateDir, { recursive: true, withFileTypes: true }).filter((f) =>
      f.isFile(),
    );
    const texts = files.map((f) => readFileSync(join(f.parentPath, f.name), "utf8"));
    assert.ok(texts.some((text) => text.includes("keeps-a-secret")));
    // As JSON has it, quotes and backslashes escaped.
    const written = JSON.stringify(result).slice(1, -1);
    assert.ok(texts.every((text) => !text.includes(written)));
  });

  it("updates with the output of before, and replaces on a trigger", async () => {
    await ok("config", "set", "word", "two");
    await up();
    assert.equal((await outputs()).stdout, "was one");
    assert.equal(existsSync(project.path("grave")), false);
    await ok("config", "set", "trigger", "2");
    const preview = await ok("preview", "--diff");
    assert.match(preview, /command:local:Command: \(replace\)/);
    await up();
    assert.equal((await outputs()).stdout, "two");
    assert.equal(readFileSync(project.path("grave"), "utf8"), "gone");
  });

  it("draws a new password when a keeper changes, and only then", async () => {
    const before = await outputs();
    await ok("config", "set", "turn", "2");
    await up();
    const after = await outputs();
    assert.notEqual(after.result, before.result);
    assert.equal(after.id, before.id);
  });

  it("reports a failed command by its status and what it said, without its environment", async () => {
    const { result = "" } = await outputs();
    await ok("config", "set", "fail", "yes");
    const { status, output } = await project.pulumi("up", "--yes", "--skip-preview");
    await ok("config", "rm", "fail");
    assert.notEqual(status, 0);
    assert.match(output, /the command ended with exit status 3\n\s*because/);
    assert.ok(!output.includes(result));
  });

  it("stops at a program that throws, once, with its message", async () => {
    await ok("config", "set", "throw", "yes");
    const { status, output } = await project.pulumi("preview");
    await ok("config", "rm", "throw");
    assert.notEqual(status, 0);
    assert.match(output, /the program broke/);
    assert.doesNotMatch(output, /non-zero exit code/);
  });

  it("runs the delete command at the end", async () => {
    await ok("config", "set", "grave", project.path("last"));
    await up();
    await ok("destroy", "--yes", "--skip-preview");
    assert.equal(readFileSync(project.path("last"), "utf8"), "gone");
  });
});

describe("a plugin whose engine is killed", function () {
  this.timeout(60_000);
  for (const plugin of ["pulumi-language-nodejs", "pulumi-resource-command", "pulumi-resource-random"]) {
    it(`${plugin} ends by itself`, async () => {
      const engine = spawn("sh", ["-c", `${join(BIN, plugin)} 127.0.0.1:1 & echo $!; wait`], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let text = "";
      engine.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
      const [pid] = await waitFor("pid and port", () => /^(\d+)\n(\d+)\n$/.exec(text)?.slice(1), {
        timeout: 30_000,
      });
      engine.kill("SIGKILL");
      await once(engine, "exit");
      await waitFor(`${plugin} gone`, () => processStartTime(Number(pid)) === undefined || undefined, {
        timeout: 10_000,
      });
    });
  }
});
