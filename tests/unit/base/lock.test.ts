import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processStartTime, withLock } from "../../../base/lock";

describe("lock", () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "lectern-lock-"));
    file = join(dir, "x.lock");
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it("lets one in at a time", async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
    };
    await Promise.all([withLock(file, work), withLock(file, work), withLock(file, work)]);
    assert.equal(most, 1);
    assert.deepEqual(readdirSync(dir), []);
  });

  it("is given back when the work fails", async () => {
    await assert.rejects(
      withLock(file, () => Promise.reject(new Error("x"))),
      /x/,
    );
    assert.equal(existsSync(file), false);
  });

  for (const [what, text] of [
    ["a process that is gone", JSON.stringify({ pid: 999999999, startTime: "1" })],
    ["a pid that another process has now", JSON.stringify({ pid: process.pid, startTime: "1" })],
    ["nobody that can be read", "{"],
  ] as const) {
    it(`is taken from ${what}`, async () => {
      writeFileSync(file, text);
      assert.equal(await withLock(file, () => Promise.resolve(7)), 7);
      assert.deepEqual(readdirSync(dir), []);
    });
  }

  it("waits for a live holder, says for whom, and can be called off", async () => {
    writeFileSync(file, JSON.stringify({ pid: process.pid, startTime: processStartTime(process.pid) }));
    const controller = new AbortController();
    const holders: number[] = [];
    const onWait = (holder: { pid: number }): void => {
      holders.push(holder.pid);
      controller.abort();
    };
    const waiting = withLock(file, () => Promise.resolve(), { onWait, signal: controller.signal });
    await assert.rejects(waiting, { name: "AbortError" });
    assert.deepEqual(holders, [process.pid]);
    assert.ok(existsSync(file), "the holder keeps it");
  });
});
