import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LAYERS, packagesOf } from "../../../../images/node/packages";
import { aptSources } from "../../../../images/node/sources";
import { type Scratch, scratchFolder } from "../../../fixtures/scratch";

describe("apt sources of a node image", () => {
  let scratch: Scratch;
  beforeEach(() => {
    scratch = scratchFolder("sources");
    mkdirSync(join(scratch.dir, "sources.list.d"));
  });
  afterEach(() => scratch.remove());

  it("must be given where this machine names none of the release", () => {
    writeFileSync(
      join(scratch.dir, "sources.list"),
      "deb http://example.test/debian trixie main\n# deb x bookworm main\n",
    );
    assert.throws(
      () => aptSources({ aptDir: scratch.dir }),
      /names no source of Debian bookworm: give a mirror/,
    );
  });

  it("are those of this machine, in both notations, without what others publish", () => {
    writeFileSync(
      join(scratch.dir, "sources.list"),
      "deb [signed-by=/k] http://mirror.test/debian bookworm main contrib\ndeb http://tool.test/apt stable main\n",
    );
    writeFileSync(
      join(scratch.dir, "sources.list.d/debian.sources"),
      "Types: deb\n# x\nURIs: http://mirror.test/sec\nSuites: bookworm-security\nComponents: main\n\nTypes: deb\nURIs: http://t\nSuites: x\nComponents: main\n",
    );
    assert.equal(
      aptSources({ aptDir: scratch.dir, components: ["non-free"] }),
      "Types: deb\nURIs: http://mirror.test/debian\nSuites: bookworm\nComponents: main non-free\n\n" +
        "Types: deb\nURIs: http://mirror.test/sec\nSuites: bookworm-security\nComponents: main non-free\n",
    );
  });

  it("are the site's mirror where one is named", () => {
    assert.equal(
      aptSources({
        mirror: "http://m.test/debian",
        aptDir: scratch.dir,
        components: [...LAYERS.nvidia.components],
      }),
      "Types: deb\nURIs: http://m.test/debian\nSuites: bookworm\nComponents: main contrib non-free non-free-firmware\n",
    );
  });

  it("give sorted packages, with the kernel and the layers asked for", () => {
    const packages = packagesOf("cloud", ["nvidia"]);
    assert.deepEqual(packages, [...packages].sort());
    for (const name of [
      "linux-image-cloud-amd64",
      "linux-headers-cloud-amd64",
      "nvidia-smi",
      "rdma-core",
      "runc",
    ])
      assert.ok(packages.includes(name), name);
    assert.ok(!packagesOf("server", []).some((name) => /nvidia|headers/.test(name)));
    assert.ok(packagesOf("server", ["nvidia"]).includes("linux-headers-amd64"));
  });
});
