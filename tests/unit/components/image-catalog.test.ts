import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ImageCatalog, folderDigest } from "../../../components/image-catalog";
import { declare, read } from "../../fixtures/pulumi-mocks";

describe("ImageCatalog", () => {
  let context: string;
  beforeEach(() => {
    context = mkdtempSync(join(tmpdir(), "lectern-context-"));
    writeFileSync(join(context, "Containerfile"), "FROM scratch\n");
  });
  afterEach(() => rmSync(context, { recursive: true }));

  const catalog = () =>
    declare(
      () =>
        new ImageCatalog("images", {
          images: [{ name: "base", context }],
          registry: "127.80.0.2:5000",
          builder: "/clone/images/build.sh",
        }),
    );

  it("builds each image for the room's registry and names it by digest", async () => {
    const declared = await catalog();
    const { inputs, parent } = declared.one("command:local:Command", "image-base");
    assert.equal(parent, declared.one("lectern:index:ImageCatalog", "images").urn);
    assert.deepEqual(inputs["environment"], {
      BUILDER: "/clone/images/build.sh",
      CONTEXT: context,
      REPOSITORY: "127.80.0.2:5000/lectern/base",
    });
    assert.deepEqual((await read(declared.value.images)).value, {
      base: `127.80.0.2:5000/lectern/base@sha256:${"a".repeat(64)}`,
    });
  });

  it("passes paths in the environment, so that no name can become a part of the command", async () => {
    const { inputs } = (await catalog()).one("command:local:Command", "image-base");
    assert.equal(inputs["create"], '"$BUILDER" "$CONTEXT" "$REPOSITORY"');
  });

  it("builds anew when a file of the context changes, and only then", async () => {
    const triggers = async () =>
      (await catalog()).one("command:local:Command", "image-base").inputs["triggers"];
    const before = await triggers();
    assert.deepEqual(await triggers(), before);
    writeFileSync(join(context, "Containerfile"), "FROM scratch\nUSER 1\n");
    assert.notDeepEqual(await triggers(), before);
  });
});

describe("folderDigest", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "lectern-digest-"))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text);

  it("tells a moved boundary, a renamed file, a nested file and an executable bit from what was there before", () => {
    const seen = new Set<string>();
    const isNew = (what: string) => {
      const digest = folderDigest(folder);
      assert.ok(!seen.has(digest), what);
      seen.add(digest);
    };
    isNew("empty");
    put("a", "xy");
    put("b", "z");
    isNew("two files");
    put("a", "x");
    put("b", "yz");
    isNew("the same bytes, divided otherwise");
    rmSync(join(folder, "b"));
    put("c", "yz");
    isNew("renamed");
    mkdirSync(join(folder, "d"));
    put("d/e", "");
    isNew("nested");
    chmodSync(join(folder, "c"), 0o755);
    isNew("executable");
    chmodSync(join(folder, "c"), 0o700);
    assert.ok(seen.has(folderDigest(folder)), "who else may read it depends on the umask of a clone");
  });
});
