import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(__dirname, "../../..");
const PROGRAM = `import { join } from "node:path";
import { greeting } from "./greeting";
export const main = (): string => greeting() + " from " + join(__dirname, "..").split("/").at(-1);
`;

describe("base/bundle", function () {
  this.timeout(60_000);
  let clone: string;
  let cache: string;

  beforeEach(() => {
    clone = join(mkdtempSync(join(tmpdir(), "lectern-bundle-")), "clone");
    cache = join(clone, "cache");
    mkdirSync(join(clone, "program"), { recursive: true });
    for (const file of ["bundle.js", "kept.js"]) cpSync(join(ROOT, "base", file), join(clone, "base", file));
    symlinkSync(join(ROOT, "node_modules"), join(clone, "node_modules"));
    writeFileSync(join(clone, "program", "main.ts"), PROGRAM);
    greet("hello");
  });
  afterEach(() => rmSync(join(clone, ".."), { recursive: true, force: true }));

  const greet = (word: string) =>
    writeFileSync(join(clone, "program", "greeting.ts"), `export const greeting = (): string => "${word}";`);

  /** What the program says, and what else happened. */
  function run(...uses: string[]): { said: string; built: boolean; compiled: boolean } {
    const script = `
      const { Script } = require("node:vm");
      const vm = require("node:vm");
      let compiled = false;
      vm.Script = class extends Script {
        constructor(code, options) { super(code, options); compiled = this.cachedDataRejected !== false; }
      };
      require("./base/bundle").loadBundle("program/main.ts").then(({ exports, used }) => {
        const said = exports.main();
        used(...${JSON.stringify(uses)});
        const built = Object.keys(require.cache).some((file) => file.includes("/esbuild/lib/"));
        console.log(JSON.stringify({ said, built, compiled }));
      });`;
    const env = { ...process.env, LECTERN_CACHE: cache };
    const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], {
      cwd: clone,
      env,
      encoding: "utf8",
    });
    assert.equal(stderr, "");
    return JSON.parse(stdout) as ReturnType<typeof run>;
  }
  const kept = () => readdirSync(join(cache, "bundles")).map((name) => join(cache, "bundles", name));

  it("builds once, and compiles once", () => {
    assert.deepEqual(run(), { said: "hello from clone", built: true, compiled: true });
    assert.deepEqual(run(), { said: "hello from clone", built: false, compiled: false });
  });

  it("builds anew when any file has changed, also one of the same size and time", () => {
    run();
    const then = new Date(2020, 1, 1);
    greet("hallo");
    utimesSync(join(clone, "program", "greeting.ts"), then, then);
    assert.deepEqual(run(), { said: "hallo from clone", built: true, compiled: true });
    greet("howdy");
    utimesSync(join(clone, "program", "greeting.ts"), then, then);
    assert.deepEqual(run(), { said: "howdy from clone", built: true, compiled: true });
  });

  it("keeps what each use compiled", () => {
    const length = () => readFileSync(kept()[0] as string).length;
    run("one");
    const before = length();
    run("one");
    assert.equal(length(), before);
    run("another", "one");
    assert.notEqual(length(), before);
    assert.equal(run("another").compiled, false);
  });

  it("does without a bundle that is damaged, or cannot be kept", () => {
    run();
    writeFileSync(kept()[0] as string, "nonsense");
    assert.equal(run().said, "hello from clone");
    const whole = readFileSync(kept()[0] as string);
    writeFileSync(kept()[0] as string, whole.subarray(0, whole.length - 100));
    assert.deepEqual(run(), { said: "hello from clone", built: false, compiled: true });
    assert.equal(run().compiled, false);
    rmSync(cache, { recursive: true });
    appendFileSync(cache, "not a folder");
    assert.equal(run().said, "hello from clone");
  });
});
