import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { startBmcs } from "../../../bench/support/bmcs";
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

  it("do not stay when they are told to end while they start", async () => {
    const before = process.listenerCount("exit");
    await assert.rejects(
      startBmcs("127.171.9", 2, AbortSignal.abort(new Error("interrupted"))),
      /interrupted/,
    );
    assert.equal(process.listenerCount("exit"), before);
  });
});
