import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FaultCollector } from "../../../base/faults";
import { makeSigningKey, manifestText, signImage } from "../../../images/node/manifest";
import { readGatewayImages } from "../../../stacks/gateway-images";
import { type Scratch, scratchFolder } from "../../fixtures/scratch";

describe("images of a gateway", () => {
  let scratch: Scratch;
  before(() => (scratch = scratchFolder("gateway-images")));
  after(() => scratch.remove());

  function image(name: string): string {
    const dir = join(scratch.dir, name);
    mkdirSync(dir);
    const part = (file: string) => {
      writeFileSync(join(dir, file), file);
      return { sha256: createHash("sha256").update(file).digest("hex"), bytes: file.length };
    };
    const parts = { kernel: part("kernel"), initrd: part("initrd"), root: part("root") };
    const rest = { suite: "bookworm", architecture: "amd64", kernelFlavor: "server", layers: [] };
    const versions = { kubernetes: "1.37.2", sourceDateEpoch: 0, packages: {} };
    writeFileSync(
      join(dir, "manifest.json"),
      manifestText({ kind: "lectern-node-image", ...rest, ...versions, parts }),
    );
    signImage(dir, makeSigningKey().privateKey);
    return dir;
  }

  it("are what their signed manifests say", () => {
    const folder = image("good");
    const faults = new FaultCollector();
    const [read] = readGatewayImages({ images: [{ folder }], imageKey: join(folder, "site.pub") }, faults);
    assert.deepEqual(faults.faults, []);
    const root = createHash("sha256").update("root").digest("hex");
    assert.equal(read?.set.root, root);
    assert.equal(read?.files[root], join(folder, "root"));
  });

  it("are refused all at once: another key, a part that was cut, no own image, a name twice", () => {
    const [folder, foreign, cut] = [image("own"), image("foreign"), image("cut")];
    writeFileSync(join(folder, "root"), "ro");
    const faults = new FaultCollector();
    readGatewayImages(
      {
        images: [
          { name: "a", folder },
          { name: "a", folder: foreign },
          { name: "b", folder: join(cut, "nowhere") },
        ],
        imageKey: join(folder, "site.pub"),
      },
      faults,
    );
    const told = faults.faults.map(({ path, problem }) => `${path}: ${problem}`).join("\n");
    for (const pattern of [
      /gateway\.images: images without a name/,
      /images\[1\]\.name: another image has it too/,
      /images\[0\]\.folder: root has 2 bytes, its manifest says 4/,
      /images\[1\]\.folder: manifest\.json: its signature is not the site key's/,
      /images\[2\]\.folder: ENOENT/,
    ])
      assert.match(told, pattern);
  });
});
