import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { labToolNames, namedTools, pins, toolNames, usualToolNames } from "../../../toolchain/pins";
import { releaseFor } from "../../../toolchain/vendor";

const toolchain = join(__dirname, "../../../toolchain");
const sum = z.string().regex(/^h1:[A-Za-z0-9+/]{43}=$/);
const schema = z.strictObject({
  tools: z.record(
    z.string(),
    z.strictObject({
      version: z.string().regex(/^\d+\.\d+\.\d+$/),
      accept: z.enum(["same", "patch", "minor"]),
      for: z.enum(["test", "node", "nvidia"]).optional(),
      check: z.strictObject({ args: z.array(z.string()).min(1), pattern: z.string() }).nullable(),
      plugin: z.string().optional(),
      go: z.strictObject({ build: z.string(), package: z.string(), binary: z.string() }),
      vendor: z
        .strictObject({
          url: z.url(),
          arch: z.record(z.string(), z.string()).optional(),
          members: z.record(z.string(), z.string()).optional(),
          sums: z.url(),
          sha256: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)).nullable(),
        })
        .optional(),
    }),
  ),
  builds: z.record(
    z.string(),
    z.strictObject({
      folder: z.string().optional(),
      module: z.string().optional(),
      sum: sum.optional(),
      cgo: z.boolean().optional(),
      ldflags: z.string(),
      gcflags: z.array(z.string()).optional(),
      sources: z
        .array(z.strictObject({ module: z.string(), sum, files: z.record(z.string(), z.string()) }))
        .optional(),
    }),
  ),
  data: z.record(
    z.string(),
    z.strictObject({
      with: z.array(z.string()).min(1),
      module: z.string(),
      sum,
      root: z.string(),
      paths: z.array(z.string()).min(1),
    }),
  ),
});

describe("pins.json", () => {
  it("has the shape that its type says", () => {
    schema.parse(pins);
  });

  it("names only builds and tools that there are", () => {
    for (const tool of Object.values(pins.tools)) assert.ok(tool.go.build in pins.builds, tool.go.build);
    for (const data of Object.values(pins.data))
      for (const tool of data.with) assert.ok(tool in pins.tools, tool);
  });

  it("has a source with checksums for every build", () => {
    for (const [name, build] of Object.entries(pins.builds)) {
      if (build.folder !== undefined) assert.ok(existsSync(join(toolchain, build.folder, "go.sum")), name);
      else assert.ok(build.module !== undefined && build.sum !== undefined, name);
    }
  });

  it("leaves nothing to replace in addresses", () => {
    for (const pin of Object.values(pins.tools)) {
      const release = releaseFor(pin, { os: "linux", arch: "amd64" });
      assert.doesNotMatch(JSON.stringify(release ?? {}), /\{(version|os|arch)\}/);
    }
  });

  it("keeps the tools of tests and node images apart from those of a room", () => {
    assert.deepEqual(
      toolNames.filter((name) => !labToolNames.includes(name)),
      [
        ...["kubelet", "kube-proxy", "network-policies", "coredns"],
        ...["nvidia-ctk", "nvidia-container-runtime", "nvidia-cdi-hook"],
        "goipmi-server",
      ],
    );
    assert.ok(!usualToolNames.some((name) => name.startsWith("nvidia-")));
  });

  it("finds tools by their own names and their builds'", () => {
    assert.deepEqual(namedTools(["volcano"]), [
      "vc-scheduler",
      "vc-controller-manager",
      "vc-webhook-manager",
    ]);
    assert.deepEqual(namedTools(["etcd", "kubectl"]), ["etcd", "kubectl"]);
    assert.deepEqual(namedTools(Object.keys(pins.builds)), toolNames);
    assert.throws(() => namedTools(["etcd", "ectd"]), /no such tool: ectd; there are pulumi, /);
  });
});
