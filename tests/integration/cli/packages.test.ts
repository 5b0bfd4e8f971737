import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../../../base/wait";
import { type Scratch, scratchFolder } from "../../fixtures/scratch";

const ENSURE = `require(${JSON.stringify(join(__dirname, "../../../bin/packages.js"))})
  .ensurePackages(process.argv[1])
  .catch((error) => { console.error(error.message); process.exitCode = error.exitStatus; });`;

describe("npm packages of a bare clone", function () {
  this.timeout(60_000);
  let scratch: Scratch;
  let dir: string;
  let calls: string;
  beforeEach(() => {
    scratch = scratchFolder("packages");
    ({ dir } = scratch);
    calls = join(dir, "calls");
    const dependencies = { y: "file:y" };
    writeFileSync(join(dir, "package.json"), JSON.stringify({ name: "x", version: "1.0.0", dependencies }));
    mkdirSync(join(dir, "y"));
    writeFileSync(join(dir, "y", "package.json"), JSON.stringify({ name: "y", version: "2.0.0" }));
    writeLock("1.0.0");
  });
  afterEach(() => scratch.remove());

  function writeLock(version: string): void {
    const packages = {
      "": { name: "x", version, dependencies: { y: "file:y" } },
      "node_modules/y": { resolved: "y", link: true },
      y: { version: "2.0.0" },
    };
    const lock = { name: "x", version, lockfileVersion: 3, packages };
    writeFileSync(join(dir, "package-lock.json"), JSON.stringify(lock));
  }

  /** An npm that notes each call, says that it is in the middle, and goes on when `go-on` is there. */
  function slowNpm(): void {
    const wait = `while [ ! -e ${dir}/go-on ]; do sleep 0.05; done`;
    scratch.program("npm", `#!/bin/sh\necho call >> ${calls}\nmkdir -p node_modules/half\n${wait}\n`);
  }

  function ensure(path = scratch.path): ChildProcess & { said: string } {
    const child = spawn(process.execPath, ["-e", ENSURE, dir], {
      env: { ...process.env, PATH: path },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const told = Object.assign(child, { said: "" });
    child.stderr.on("data", (text: Buffer) => (told.said += text.toString()));
    return told;
  }

  async function status(child: ChildProcess): Promise<number> {
    return (await once(child, "close"))[0] as number;
  }

  const numberOfCalls = (): number => readFileSync(calls, "utf8").trim().split("\n").length;
  const begun = () => waitFor("npm runs", () => (existsSync(calls) ? true : undefined), { timeout: 10_000 });
  const marker = (): string => join(dir, "node_modules", ".lectern-installed");

  it("are installed by the real npm, once", async () => {
    const first = ensure();
    assert.equal(await status(first), 0, first.said);
    assert.match(first.said, /npm ci done/);
    const second = ensure();
    assert.equal(await status(second), 0);
    assert.equal(second.said, "");
  });

  it("that the operator installed with npm are taken as they are", async () => {
    await once(spawn("npm", ["ci"], { cwd: dir, stdio: "ignore" }), "close");
    const child = ensure();
    assert.equal(await status(child), 0);
    assert.equal(child.said, "");
    assert.ok(existsSync(marker()));
  });

  it("are installed again when package-lock.json changed", async () => {
    assert.equal(await status(ensure()), 0);
    rmSync(join(dir, "node_modules", ".package-lock.json"));
    writeLock("1.0.1");
    const child = ensure();
    assert.equal(await status(child), 0, child.said);
    assert.match(child.said, /npm ci done/);
  });

  it("are installed by one of two runs, while the other waits", async () => {
    slowNpm();
    const [one, two] = [ensure(), ensure()];
    await begun();
    await waitFor("one waits", () => /waiting for process \d+/.exec(one.said + two.said) ?? undefined, {
      timeout: 10_000,
    });
    writeFileSync(join(dir, "go-on"), "");
    assert.deepEqual(await Promise.all([status(one), status(two)]), [0, 0]);
    assert.equal(numberOfCalls(), 1);
  });

  for (const [signal, expected] of [
    ["SIGINT", 130],
    ["SIGKILL", null],
  ] as const) {
    it(`are repaired by the run after one that ${signal} ended`, async () => {
      slowNpm();
      const first = ensure();
      await begun();
      first.kill(signal);
      writeFileSync(join(dir, "go-on"), "");
      assert.equal(await status(first), expected);
      assert.equal(existsSync(marker()), false);
      const second = ensure();
      assert.equal(await status(second), 0, second.said);
      assert.equal(numberOfCalls(), 2);
      assert.ok(existsSync(marker()));
      assert.deepEqual(readdirSync(join(dir, ".lectern")), []);
    });
  }

  it("cannot be installed without npm, which is said", async () => {
    // Node alone: a folder with nothing else in it.
    mkdirSync(join(dir, "empty"));
    const child = ensure(join(dir, "empty"));
    assert.equal(await status(child), 1);
    assert.match(child.said, /npm is not in PATH; install npm/);
  });
});
