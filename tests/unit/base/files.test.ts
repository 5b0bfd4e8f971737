import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { privateFolder, readIfThere, replaceFile } from "../../../base/files";

describe("files", () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "lectern-files-"))));
  afterEach(() => rmSync(dir, { recursive: true }));
  const mode = (path: string) => statSync(path).mode & 0o777;

  describe("replaceFile", () => {
    it("puts another file in the place of the old one, and leaves nothing beside it", () => {
      const file = join(dir, "a");
      replaceFile(file, "old");
      const { ino } = statSync(file);
      replaceFile(file, Buffer.from("new"), { durable: true });
      assert.equal(readFileSync(file, "utf8"), "new");
      // The old file itself is never written to, so whoever has it open reads all of it.
      assert.notEqual(statSync(file).ino, ino);
      assert.deepEqual(readdirSync(dir), ["a"]);
    });

    it("lets only the owner read it unless told otherwise, whatever the old one allowed", () => {
      const file = join(dir, "a");
      writeFileSync(file, "", { mode: 0o644 });
      replaceFile(file, "secret");
      assert.equal(mode(file), 0o600);
      replaceFile(file, "public", { mode: 0o644 });
      assert.equal(mode(file), 0o644 & ~process.umask());
    });

    it("keeps what was there, and leaves nothing beside it, when it fails", () => {
      const place = join(dir, "a");
      mkdirSync(join(place, "full"), { recursive: true });
      assert.throws(() => replaceFile(place, "x"));
      assert.deepEqual(readdirSync(place), ["full"]);
      assert.deepEqual(readdirSync(dir), ["a"]);
    });
  });

  describe("readIfThere", () => {
    it("reads a file, and tells one that is not there from one that cannot be read", () => {
      writeFileSync(join(dir, "a"), "text");
      assert.equal(readIfThere(join(dir, "a")), "text");
      assert.equal(readIfThere(join(dir, "b")), undefined);
      assert.equal(readIfThere(join(dir, "a", "b")), undefined, "a file where a folder would be");
      assert.throws(() => readIfThere(dir), /EISDIR/);
    });
  });

  describe("privateFolder", () => {
    it("makes all folders on the way for the owner alone, and leaves what is there", () => {
      privateFolder(join(dir, "a/b"));
      assert.deepEqual([mode(join(dir, "a")), mode(join(dir, "a/b"))], [0o700, 0o700]);
      writeFileSync(join(dir, "a/b/c"), "");
      privateFolder(join(dir, "a/b"));
      assert.deepEqual(readdirSync(join(dir, "a/b")), ["c"]);
    });
  });
});
