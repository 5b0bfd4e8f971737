import assert from "node:assert/strict";
import { formatElapsed, TerminalProgress } from "../../../cli/progress";
import { formatCounts, isGood } from "../../../cli/test-counts";

describe("progress", () => {
  const record = (isTTY: boolean) => {
    const out = { text: "", isTTY, columns: 60, write: (t: string) => (out.text += t) };
    return out;
  };

  it("prints plain lines at the start and the end where there is no terminal", async () => {
    const out = record(false);
    assert.equal(await new TerminalProgress(out, {}).step("build etcd", () => Promise.resolve(3)), 3);
    assert.match(out.text, /^ {2}build etcd \.\.\.\n✓ build etcd \(0\.\d s\)\n$/);
  });

  it("marks a failed step and passes its error on", async () => {
    const out = record(false);
    const work = (): Promise<never> => Promise.reject(new Error("no"));
    await assert.rejects(new TerminalProgress(out, {}).step("x", work), /no/);
    assert.match(out.text, /\n✗ x \(/);
  });

  it("makes room for what else is written to the same terminal", async () => {
    const out = record(true);
    const progress = new TerminalProgress(out, { TERM: "xterm" });
    await progress.step("ask", () => {
      progress.above(() => out.write("a row\n"));
      return Promise.resolve();
    });
    assert.ok(out.text.startsWith("\r\x1b[Ka row\n\r\x1b[K"), JSON.stringify(out.text));
  });

  it("colours a terminal only, and not under NO_COLOR", async () => {
    for (const [tty, env, colours] of [
      [true, { TERM: "xterm" }, true],
      [true, { TERM: "xterm", NO_COLOR: "1" }, false],
      [false, { TERM: "xterm" }, false],
    ] as const) {
      const out = record(tty);
      await new TerminalProgress(out, env).step("x", () => Promise.resolve());
      assert.equal(out.text.includes("\x1b[32m"), colours);
    }
  });

  it("writes times as people do", () => {
    assert.deepEqual([0, 12_340, 119_400, 245_000].map(formatElapsed), [
      "0.0 s",
      "12.3 s",
      "119 s",
      "4 min 05 s",
    ]);
  });
});

describe("counts of tests", () => {
  it("are one plain line, and bad when nothing ran", () => {
    assert.equal(formatCounts({ passed: 3, failed: 0, skipped: 0 }), "3 passed, 0 failed");
    assert.equal(formatCounts({ passed: 3, failed: 1, skipped: 2 }), "3 passed, 1 failed, 2 skipped");
    assert.equal(isGood({ passed: 0, failed: 0, skipped: 4 }), false);
    assert.equal(isGood({ passed: 1, failed: 0, skipped: 0 }), true);
  });
});
