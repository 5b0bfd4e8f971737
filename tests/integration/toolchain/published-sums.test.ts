import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { FaultsError } from "../../../base/faults";
import type { Pins } from "../../../toolchain/pins";
import { pinPublishedSums } from "../../../toolchain/published-sums";

const [AMD64, ARM64, OTHER] = ["a", "b", "c"].map((digit) => digit.repeat(64)) as [string, string, string];

describe("pinning of published sums", () => {
  let vendor: Server;
  let files: Record<string, string>;

  beforeEach((done) => {
    files = { "/SHA256SUMS": `${AMD64}  tool-amd64\n${ARM64} *tool-arm64\n` };
    vendor = createServer((request, response) => {
      const text = files[request.url ?? ""];
      response.writeHead(text === undefined ? 404 : 200).end(text);
    });
    vendor.listen(0, "127.80.3.2", done);
  });
  afterEach((done) => {
    vendor.closeAllConnections();
    vendor.close(done);
  });

  const pins = (sha256: Record<string, string> | null = null): Pins => {
    const base = `http://127.80.3.2:${(vendor.address() as AddressInfo).port}`;
    const go = { build: "test", package: "./tool", binary: "tool" };
    const check = { args: ["version"], pattern: "(.*)" };
    return {
      tools: {
        tool: {
          ...{ version: "1.2.3", accept: "patch", check, go },
          vendor: { url: `${base}/v{version}/tool-{arch}`, sums: `${base}/SHA256SUMS`, sha256 },
        },
        built: { version: "1.2.3", accept: "same", check, go },
      },
      builds: {},
      data: {},
    };
  };

  it("fills in each platform's sum and leaves the rest as it is", async () => {
    const before = pins();
    const { pins: after, read } = await pinPublishedSums(before);
    assert.deepEqual(after.tools["tool"]?.vendor?.sha256, { "linux-amd64": AMD64, "linux-arm64": ARM64 });
    assert.deepEqual(after.tools["built"], before.tools["built"]);
    assert.deepEqual(
      read.map(({ platform, sha256 }) => [platform, sha256]),
      [
        ["linux-amd64", AMD64],
        ["linux-arm64", ARM64],
      ],
    );
  });

  it("refuses a sum that differs from the pinned one, and names one that is not published", async () => {
    files["/SHA256SUMS"] = `${OTHER}  tool-amd64\n${"d".repeat(64)}  another\n`;
    await assert.rejects(pinPublishedSums(pins({ "linux-amd64": AMD64 })), (error) => {
      assert.ok(error instanceof FaultsError);
      assert.deepEqual(
        error.faults.map((fault) => fault.path),
        ["tools.tool.vendor.sha256.linux-amd64", "tools.tool.vendor.sha256.linux-arm64"],
      );
      assert.match(error.faults[0]?.problem ?? "", new RegExp(OTHER));
      assert.match(error.faults[1]?.problem ?? "", /holds no SHA-256/);
      return true;
    });
  });
});
