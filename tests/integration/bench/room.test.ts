import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { measure } from "../../../bench/support/room";
import { waitFor } from "../../../base/wait";

/** Processes that were started with this word. */
const running = (word: string): string[] =>
  readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(word);
    } catch {
      return false;
    }
  });

describe("what a benchmark measures", function () {
  this.timeout(30_000);

  it("ends with its children when it is told to, and none is begun afterwards", async () => {
    const stop = new AbortController();
    const seconds = "600.171";
    const work = measure(["xargs", "-a", "/dev/fd/0", "sleep", seconds, seconds], { signal: stop.signal });
    const ended = assert.rejects(work, /interrupted/);
    await waitFor("sleep runs", () => running(seconds).length >= 2 || undefined, { timeout: 20_000 });
    stop.abort(new Error("interrupted"));
    await ended;
    await waitFor("all have ended", () => running(seconds).length === 0 || undefined, { timeout: 10_000 });
    await assert.rejects(measure(["true"], { signal: stop.signal }), /interrupted/);
  });
});
