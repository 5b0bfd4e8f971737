import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadImages } from "../../../../bare-metal/boot/images";
import {
  makeSigningKey,
  manifestText,
  type NodeImageManifest,
  readManifest,
  signImage,
  signManifest,
} from "../../../../images/node/manifest";
import { publishImage } from "../../../../images/node/publish";
import { type Scratch, scratchFolder } from "../../../fixtures/scratch";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const parts = Object.fromEntries(
  ["kernel", "initrd", "root"].map((name) => [name, { sha256: sha256(name), bytes: name.length }]),
) as NodeImageManifest["parts"];
const manifest: NodeImageManifest = {
  kind: "lectern-node-image",
  suite: "bookworm",
  architecture: "amd64",
  kernelFlavor: "server",
  layers: [],
  kubernetes: "1.37.2",
  sourceDateEpoch: 1,
  parts,
  packages: { containerd: "1.6.20" },
};

describe("manifest of a node image", () => {
  let scratch: Scratch;
  const key = makeSigningKey();
  const publish = (publicKey: string, name?: string) =>
    publishImage({
      image: scratch.dir,
      images: join(scratch.dir, "images"),
      publicKey,
      ...(name === undefined ? {} : { name }),
    });

  beforeEach(() => {
    scratch = scratchFolder("manifest");
    for (const name of ["kernel", "initrd", "root"]) writeFileSync(join(scratch.dir, name), name);
    writeFileSync(join(scratch.dir, "manifest.json"), manifestText(manifest));
    signImage(scratch.dir, key.privateKey);
  });
  afterEach(() => scratch.remove());

  it("reads back with the key that signed it, and with no other", () => {
    const text = manifestText(manifest);
    const signature = signManifest(text, key.privateKey);
    assert.deepEqual(readManifest(text, signature, key.publicKey), manifest);
    assert.throws(
      () => readManifest(text, signature, makeSigningKey().publicKey),
      /signature is not the site key's/,
    );
    assert.throws(
      () => readManifest(text.replace("1.37.2", "1.37.3"), signature, key.publicKey),
      /signature/,
    );
  });

  it("is published as the boot service reads it, beside other sets, and again without change", async () => {
    await publish(key.publicKey);
    await publish(key.publicKey, "next");
    await publish(key.publicKey);
    const images = await loadImages(join(scratch.dir, "images"));
    assert.equal(images.set.root, parts.root.sha256);
    assert.deepEqual(
      [...(images.sets ?? [])].map(([name, set]) => [name, set.kernel]),
      [["next", parts.kernel.sha256]],
    );
    assert.deepEqual(images.set.arguments.slice(0, 2), ["boot=lectern", "ip=dhcp"]);
    assert.deepEqual(
      [...images.files.keys()].sort(),
      Object.values(parts)
        .map((p) => p.sha256)
        .sort(),
    );
  });

  it("publishes nothing that another key signed, or that differs from its digest", async () => {
    await assert.rejects(publish(makeSigningKey().publicKey), /signature/);
    assert.ok(!existsSync(join(scratch.dir, "images")));
    writeFileSync(join(scratch.dir, "root"), "roof");
    await assert.rejects(publish(key.publicKey), /root: its SHA-256 is [0-9a-f]{64}, the manifest says/);
    const left = readdirSync(join(scratch.dir, "images"));
    assert.deepEqual(
      left.filter((f) => f.endsWith(".json") || f.endsWith(".tmp")),
      [],
    );
    assert.equal(readFileSync(join(scratch.dir, "root"), "utf8"), "roof");
  });
});
