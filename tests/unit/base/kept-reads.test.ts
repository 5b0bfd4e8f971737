import assert from "node:assert/strict";
import { readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keptReads } from "../../../base/kept-reads";
import { type Scratch, scratchFolder } from "../../fixtures/scratch";

// eslint-disable-next-line @typescript-eslint/no-require-imports -- not TypeScript
const { keptAt } = require("../../../base/kept") as { keptAt(...names: string[]): string };

describe("what is read out of files and kept", () => {
  let scratch: Scratch;
  let files: string[];
  let read: string[];
  beforeEach(() => {
    scratch = scratchFolder("reads");
    files = ["a", "b"].map((name) => join(scratch.dir, name));
    for (const file of files) writeFileSync(file, `first of ${file.at(-1)}`);
  });
  afterEach(() => {
    rmSync(keptAt("reads", scratch.dir.replaceAll("/", "-")));
    scratch.remove();
  });

  const all = (): unknown[] => {
    read = [];
    const contents = files.map((file) => readFileSync(file, "utf8"));
    return keptReads(scratch.dir, contents, (text) => {
      read.push(text.at(-1) ?? "");
      return { text };
    });
  };
  const texts = (...of: string[]) => of.map((text) => ({ text }));

  it("is read once, and again what has changed, also where size and time of writing are the same", () => {
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

  it("is read again from a file that is written over at once", () => {
    assert.deepEqual(all(), texts("first of a", "first of b"));
    writeFileSync(files[0] as string, "later of a");
    assert.deepEqual(all(), texts("later of a", "first of b"));
  });

  it("is nothing where there is nothing, and not looked for again", () => {
    let looked = 0;
    const none = () => keptReads(scratch.dir, ["empty"], () => void (looked += 1));
    assert.deepEqual([none(), none()], [[null], [null]]);
    assert.equal(looked, 1);
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
