import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";

const ROOT = resolve(__dirname, "../../..");
const LAZY = join(ROOT, "toolchain/pulumi-plugins/nodejs/lazy-modules.js");

const PROGRAM = `
require("@pulumi/pulumi");
const { debuggablePromise } = require("@pulumi/pulumi/runtime/debuggable");
const limit = Error.stackTraceLimit;
const promise = new Promise(() => undefined);
debuggablePromise(promise, "never ends");
console.log(JSON.stringify({ stack: promise._debugStackTrace, limit, limitAfter: Error.stackTraceLimit }));
`;

interface Ran {
  readonly status: number | null;
  readonly errors: string;
  readonly made: { readonly stack: string; readonly limit: number; readonly limitAfter: number };
}

function run(env: NodeJS.ProcessEnv): Ran {
  const argv = ["--require", LAZY, "--eval", PROGRAM];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return { status, errors: stderr, made: JSON.parse(stdout) as Ran["made"] };
}

describe("promises of a Pulumi program", function () {
  this.timeout(30_000);

  it("have no stacks, and one that never ends fails the program all the same", () => {
    const { status, errors, made } = run({});
    assert.equal(made.stack, "Error");
    assert.equal(made.limitAfter, made.limit);
    assert.equal(status, 1);
    assert.match(errors, /detected that 1 promise was still active/);
  });

  it("have their stacks where somebody looks for those that never end", () => {
    const { errors, made } = run({ PULUMI_DEBUG_PROMISE_LEAKS: "1" });
    assert.match(made.stack, /at .*debuggablePromise/);
    assert.match(errors, /CONTEXT\(\d+\): never ends/);
  });
});
