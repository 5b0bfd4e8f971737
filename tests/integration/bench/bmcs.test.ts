import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { startBmcs } from "../../../bench/support/bmcs";
import { measure } from "../../../bench/support/room";
import { processStartTime } from "../../../base/processes";
import { waitFor } from "../../../base/wait";

const ROOT = resolve(__dirname, "../../..");
const PROGRAM = `
  const { dirname } = require("node:path");
  const { readFileSync, readdirSync } = require("node:fs");
  require("./bench/support/bmcs").startBmcs("127.171.8", 3, new AbortController().signal).then(({ files, hush }) => {
    const dir = dirname(files.hosts);
    const records = readdirSync(dir + "/run").map((name) => JSON.parse(readFileSync(dir + "/run/" + name, "utf8")));
    hush(1);
    process.on("SIGINT", () => process.exit(130));
    console.log(JSON.stringify({ dir, pids: records.map(({ pid }) => pid) }));
    setInterval(() => undefined, 1000);
  });`;

describe("BMCs of a benchmark", function () {
  this.timeout(60_000);

  it("end with the process that started them, also those that were stopped", async () => {
    const argv = ["--require", "./base/register.js", "-e", PROGRAM];
    const program = spawn(process.execPath, argv, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [line] = (await once(program.stdout, "data")) as [Buffer];
      const { dir, pids } = JSON.parse(line.toString()) as { dir: string; pids: number[] };
      assert.equal(pids.filter((pid) => processStartTime(pid) !== undefined).length, 3);
      program.kill("SIGINT");
      await once(program, "exit");
      const left = () => pids.filter((pid) => processStartTime(pid) !== undefined);
      await waitFor("all have ended", () => left().length === 0 || undefined, { timeout: 5_000 });
      assert.equal(existsSync(dir), false);
    } finally {
      program.kill("SIGKILL");
    }
  });

  it("tell the processor time that they use, and a program's own is told apart from it", async () => {
    const never = new AbortController().signal;
    const bmcs = await startBmcs("127.171.10", 2, never);
    try {
      const before = bmcs.cpu();
      assert.ok(before > 0);
      const argv = [process.execPath, "bench/support/bare-client.js", bmcs.hosts.join(","), "40"] as const;
      const { cpuMs, wallMs } = await measure([...argv], { env: bmcs.env, signal: never, cpu: true });
      assert.ok(bmcs.cpu() > before);
      assert.ok(cpuMs > 10 && cpuMs < 8 * wallMs, `${cpuMs} ms`);
      const idle = await measure(["sleep", "0.2"], { env: bmcs.env, signal: never, cpu: true });
      assert.ok(idle.cpuMs < 100 && idle.wallMs > 200, `${idle.cpuMs} ms`);
      await assert.rejects(measure(["false"], { cpu: true }), /ended with status 1/);
    } finally {
      await bmcs.stop();
    }
  });

  it("do not stay when they are told to end while they start", async () => {
    const before = process.listenerCount("exit");
    await assert.rejects(
      startBmcs("127.171.9", 2, AbortSignal.abort(new Error("interrupted"))),
      /interrupted/,
    );
    assert.equal(process.listenerCount("exit"), before);
  });
});
