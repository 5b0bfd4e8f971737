import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProcessFolder, processStartTime } from "../../../base/processes";
import { waitFor } from "../../../base/wait";

const SLEEP = ["sleep", "300"] as const;

describe("ProcessFolder", () => {
  let dir: string;
  let folder: ProcessFolder;
  const others: ChildProcess[] = [];
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "lectern-processes-"));
    folder = new ProcessFolder(join(dir, "run"));
  });
  afterEach(async () => {
    await folder.stopAll();
    for (const child of others.splice(0)) if (child.exitCode === null) child.kill("SIGKILL");
    rmSync(dir, { recursive: true });
  });

  const start = (name: string, argv: readonly [string, ...string[]] = SLEEP, more = {}) =>
    folder.start({ name, argv, logFile: join(dir, "logs", `${name}.log`), ...more });
  const logged = (name: string) => readFileSync(join(dir, "logs", `${name}.log`), "utf8");
  const record = (name: string, value: object) =>
    writeFileSync(join(folder.dir, `${name}.json`), JSON.stringify(value));

  it("starts a process, finds it by its record, and stops it", async () => {
    const started = start("a");
    assert.deepEqual(folder.find("a"), started);
    assert.equal(processStartTime(started.pid), started.startTime);
    assert.equal(await folder.stop("a"), true);
    assert.equal(processStartTime(started.pid), undefined);
    assert.deepEqual([folder.find("a"), folder.names()], [undefined, []]);
    assert.equal(await folder.stop("a"), false);
  });

  it("does not start a second one while the first lives, and does when it has died", async () => {
    const first = start("a");
    assert.equal(start("a").pid, first.pid);
    process.kill(first.pid, "SIGKILL");
    await waitFor("the first is gone", () => folder.find("a") === undefined || undefined, { timeout: 5_000 });
    assert.deepEqual(folder.names(), ["a"], "the stale record is still there");
    assert.notEqual(start("a").pid, first.pid);
  });

  it("never signals a process that has the pid of a record but another start time", async () => {
    const stranger = spawn(SLEEP[0], [SLEEP[1]], { detached: true });
    others.push(stranger);
    const pid = stranger.pid as number;
    const startTime = processStartTime(pid);
    record("reused", {
      name: "reused",
      pid,
      startTime: `${Number(startTime) - 1}`,
      argv: SLEEP,
      logFile: "",
    });
    assert.equal(folder.find("reused"), undefined);
    assert.equal(await folder.stop("reused"), false);
    assert.equal(existsSync(join(folder.dir, "reused.json")), false, "the stale record is cleared away");
    // Had it been signalled, the next signal would meet a process that ends by the first.
    const ended = once(stranger, "exit");
    stranger.kill("SIGINT");
    assert.deepEqual(await ended, [null, "SIGINT"]);
  });

  it("counts a record that cannot be read as none", async () => {
    writeFileSync(join(folder.dir, "torn.json"), '{"pid": 1');
    assert.equal(folder.find("torn"), undefined);
    assert.equal(await folder.stop("torn"), false);
  });

  it("kills what does not heed SIGTERM, once the grace has passed", async () => {
    const { pid } = start("deaf", ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"]);
    await waitFor("it is deaf", () => logged("deaf").includes("ready") || undefined, { timeout: 5_000 });
    assert.equal(await folder.stop("deaf", 100), true);
    assert.equal(processStartTime(pid), undefined);
  });

  it("stops what a process has started along with it", async () => {
    start("parent", ["sh", "-c", "sleep 300 & echo $!; wait"]);
    const child = await waitFor("the child's pid", () => Number(logged("parent")) || undefined, {
      timeout: 5_000,
    });
    await folder.stop("parent");
    await waitFor("the child is gone", () => processStartTime(child) === undefined || undefined, {
      timeout: 5_000,
    });
  });

  it("says what did not start and where its log is, and leaves no record", () => {
    assert.throws(
      () => start("none", ["/no/such/program"]),
      /none: \/no\/such\/program did not start; see .*none\.log/,
    );
    assert.deepEqual(folder.names(), []);
  });

  it("gives the process its environment and folder, and keeps what it prints, but no environment in the record", async () => {
    start("env", ["sh", "-c", 'echo "$WORD in $PWD"; echo wrong >&2; sleep 300'], {
      cwd: "/",
      env: { WORD: "a-secret-word" },
    });
    await waitFor("both lines", () => logged("env").includes("wrong") || undefined, { timeout: 5_000 });
    assert.equal(logged("env"), "a-secret-word in /\nwrong\n");
    assert.doesNotMatch(readFileSync(join(folder.dir, "env.json"), "utf8"), /a-secret-word/);
  });

  it("stops all of a folder, and only those", async () => {
    const elsewhere = new ProcessFolder(join(dir, "other"));
    const other = elsewhere.start({ name: "a", argv: SLEEP, logFile: join(dir, "other.log") });
    try {
      const pids = ["a", "b", "c"].map((name) => start(name).pid);
      await folder.stopAll();
      assert.deepEqual(pids.map(processStartTime), [undefined, undefined, undefined]);
      assert.equal(processStartTime(other.pid), other.startTime);
    } finally {
      await elsewhere.stopAll();
    }
  });
});
