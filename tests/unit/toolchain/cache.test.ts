import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { Cache, contentKey, defaultCacheDir } from "../../../toolchain/cache";
import { buildKey } from "../../../toolchain/go";
import { pins } from "../../../toolchain/pins";

describe("cache", () => {
  let dir: string;
  let cache: Cache;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "lectern-cache-"));
    cache = new Cache(dir);
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const made = { from: "here", source: "go" } as const;
  const write = (text: string) => (at: string) => writeFileSync(join(at, "program"), text);

  it("lies where the environment says", () => {
    assert.equal(defaultCacheDir({ LECTERN_CACHE: "/a", XDG_CACHE_HOME: "/b" }), "/a");
    assert.equal(defaultCacheDir({ XDG_CACHE_HOME: "/b" }), "/b/lectern");
    assert.match(defaultCacheDir({}), /\/\.cache\/lectern$/);
  });

  it("finds what was published, and only that", async () => {
    assert.equal(cache.find("tools/x"), undefined);
    const at = await cache.publish("tools/x", made, write("abc"));
    assert.equal(cache.find("tools/x")?.dir, at);
    assert.equal(cache.find("tools/y"), undefined);
  });

  it("shows nothing of an entry whose making failed", async () => {
    await assert.rejects(
      cache.publish("tools/x", made, (at) => {
        write("half")(at);
        throw new Error("no space");
      }),
      /no space/,
    );
    assert.equal(cache.find("tools/x"), undefined);
    assert.equal(existsSync(join(dir, "tools", "x")), false);
    assert.deepEqual(readdirSync(join(dir, "tmp")), []);
  });

  it("takes a file that lost bytes for none, and puts a whole one in its place", async () => {
    const at = await cache.publish("tools/x", made, write("abc"));
    writeFileSync(join(at, "program"), "a");
    assert.equal(cache.find("tools/x"), undefined);
    await cache.publish("tools/x", made, write("abc"));
    assert.ok(cache.find("tools/x"));
  });

  it("removes what a dead process left, and leaves what a live one makes", async () => {
    mkdirSync(join(dir, "tmp", "999999999-1-dead"), { recursive: true });
    await cache.inTemporary(async (mine) => {
      await cache.inTemporary(() => Promise.resolve());
      assert.deepEqual(readdirSync(join(dir, "tmp")), [mine.slice(mine.lastIndexOf("/") + 1)]);
    });
  });

  it("keeps parts of a key apart", () => {
    assert.notEqual(contentKey({ a: "bc" }), contentKey({ ab: "c" }));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), fc.string(), fc.string(), (parts, name, text) => {
        const reversed = Object.fromEntries(Object.entries(parts).reverse());
        assert.equal(contentKey(parts), contentKey(reversed));
        if (parts[name] !== text) assert.notEqual(contentKey(parts), contentKey({ ...parts, [name]: text }));
      }),
    );
  });

  it("changes a tool's key with sums, flags, compiler and platform", () => {
    const folder = join(dir, "mod");
    mkdirSync(folder);
    writeFileSync(join(folder, "go.mod"), "module x");
    writeFileSync(join(folder, "go.sum"), "one");
    const tool = pins.tools["etcd"]!;
    const build = { folder: "mod", ldflags: "-s" };
    const go = { version: "go1.26.8", os: "linux", arch: "amd64" };
    const key = buildKey(tool, build, go, dir);
    assert.equal(buildKey(tool, build, go, dir), key);
    assert.notEqual(buildKey(tool, { ...build, ldflags: "-w" }, go, dir), key);
    assert.notEqual(buildKey(tool, { ...build, gcflags: ["all=-l"] }, go, dir), key);
    assert.notEqual(buildKey(tool, build, { ...go, version: "go1.27.0" }, dir), key);
    assert.notEqual(buildKey(tool, build, { ...go, arch: "arm64" }, dir), key);
    writeFileSync(join(folder, "go.sum"), "two");
    assert.notEqual(buildKey(tool, build, go, dir), key);
  });
});
