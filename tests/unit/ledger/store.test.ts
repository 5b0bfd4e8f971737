import assert from "node:assert/strict";
import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { type BoundLine, type Line, type ReleasedLine, rowsOf } from "../../../ledger/rows";
import { LedgerStore, readLedger } from "../../../ledger/store";
import { scratchFolder } from "../../fixtures/scratch";

/** Runs the work with a folder that is removed afterwards. */
function withScratch(work: (dir: string) => void): void {
  const { dir, remove } = scratchFolder("ledger");
  try {
    work(join(dir, "ledger"));
  } finally {
    remove();
  }
}

const bound = (uid: string): BoundLine => ({
  v: 1,
  line: "bound",
  uid,
  pod: `ada-${uid}`,
  namespace: "course-x",
  course: "x",
  student: "ada",
  size: "notebook",
  node: "gpu-1",
  kind: "nvidia.com/gpu",
  model: "H100",
  count: 1,
  share: 1,
  from: "2026-10-01T10:00:00Z",
});
const released = (uid: string, second = 9): ReleasedLine => ({
  v: 1,
  line: "released",
  uid,
  kind: "nvidia.com/gpu",
  to: `2026-10-01T10:00:0${second}Z`,
});
const lines = fc.array(
  fc.oneof(
    fc.constantFrom("a", "b", "c", "d").map((uid): Line => bound(uid)),
    fc
      .tuple(fc.constantFrom("a", "b", "c", "d"), fc.integer({ min: 1, max: 9 }))
      .map(([uid, second]): Line => released(uid, second)),
  ),
);

describe("ledger: store", () => {
  it("reads back what was written, once, over files that are rotated", () =>
    fc.assert(
      fc.property(lines, fc.integer({ min: 1, max: 600 }), (all, rotate) =>
        withScratch((dir) => {
          const store = new LedgerStore(dir, rotate);
          for (const line of all) store.append([line]);
          store.close();
          assert.deepEqual(readLedger(dir), rowsOf(all));
          const again = new LedgerStore(dir, rotate);
          again.append(all);
          again.close();
          assert.deepEqual(readLedger(dir), rowsOf([...all, ...all]));
        }),
      ),
      { numRuns: 50 },
    ));

  it("loses nothing complete to a kill in the middle of a line, and goes on behind it", () =>
    withScratch((dir) => {
      const store = new LedgerStore(dir);
      store.append([bound("a"), released("a"), bound("b")]);
      store.close();
      const file = join(dir, readdirSync(dir)[0] ?? "");
      const text = readFileSync(file);
      const lastLine = text.lastIndexOf("\n", text.length - 2) + 1;
      for (let cut = lastLine; cut < text.length; cut++) {
        writeFileSync(file, text);
        truncateSync(file, cut);
        assert.equal(readLedger(dir).size, 1);
        const resumed = new LedgerStore(dir);
        resumed.append([bound("b"), bound("c")]);
        resumed.close();
        assert.deepEqual(readLedger(dir), rowsOf([bound("a"), released("a"), bound("b"), bound("c")]));
      }
    }));

  it("names the place of a damaged line instead of leaving it out", () =>
    withScratch((dir) => {
      const store = new LedgerStore(dir);
      store.append([bound("a")]);
      store.close();
      const file = join(dir, readdirSync(dir)[0] ?? "");
      appendFileSync(file, "\0\0\0\n");
      assert.throws(() => readLedger(dir), /ledger-000001\.jsonl:2: not a line of a ledger/);
    }));

  it("is empty where there is none", () => assert.equal(readLedger("/nonexistent/ledger").size, 0));
});
