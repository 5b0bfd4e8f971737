import assert from "node:assert/strict";
import { readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { keptReads } from "../../../base/kept-reads";
import { type Scratch, scratchFolder } from "../../fixtures/scratch";

describe("what is read out of files and kept", function () {
  this.timeout(10_000);
  let scratch: Scratch;
  let files: string[];
  let read: string[];
  beforeEach(() => {
    scratch = scratchFolder("reads");
    files = ["a", "b"].map((name) => join(scratch.dir, name));
    for (const file of files) writeFileSync(file, `first of ${file.at(-1)}`);
  });
  afterEach(() => scratch.remove());

  const all = (): unknown[] => {
    read = [];
    return keptReads("test", files, (file) => {
      read.push(file.at(-1) ?? "");
      return { text: readFileSync(file, "utf8") };
    });
  };
  const texts = (...of: string[]) => of.map((text) => ({ text }));

  it("is read once, and again what has changed, also where size and time of writing are the same", async () => {
    await sleep(1_100);
    assert.deepEqual(all(), texts("first of a", "first of b"));
    assert.deepEqual(read, ["a", "b"]);
    assert.deepEqual(all(), texts("first of a", "first of b"));
    assert.deepEqual(read, []);
    const old = new Date(Date.now() - 60_000);
    writeFileSync(files[1] as string, "other of b");
    utimesSync(files[1] as string, old, old);
    assert.deepEqual(all(), texts("first of a", "other of b"));
    assert.deepEqual(read, ["b"]);
  });

  it("is read each time while a file is so new that its times tell nothing", () => {
    assert.deepEqual(all(), texts("first of a", "first of b"));
    writeFileSync(files[0] as string, "later of a");
    assert.deepEqual(all(), texts("later of a", "first of b"));
  });

  it("forgets files that are gone, and knows of nothing that was never read", () => {
    all();
    rmSync(files[1] as string);
    assert.throws(all, /ENOENT/);
    files.pop();
    assert.deepEqual(all(), texts("first of a"));
    files = [];
    assert.deepEqual(all(), []);
  });
});
