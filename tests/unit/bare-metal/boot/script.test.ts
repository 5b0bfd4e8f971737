import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { renderBootScript, renderNoBoot } from "../../../../bare-metal/boot/script";
import { parseIpxe } from "../../../../lab/ipxe";

const machine = { mac: "52:54:00:71:00:11", name: "gpu-1", role: "gpu" };
const [kernel, initrd, root] = ["a".repeat(64), "b".repeat(64), "c".repeat(64)];

describe("boot script", () => {
  const script = renderBootScript({
    url: "http://127.71.0.1:8080",
    machine,
    secure: { url: "https://127.71.0.1:8443", pin: "sha256//AAAA" },
    images: { kernel, initrd, root, arguments: ["boot=lectern", "console=ttyS0,115200"] },
    bytes: (sha256) => (sha256 === root ? 4711 : undefined),
    token: "one-time",
  });

  it("is the golden file", () => {
    assert.equal(script, readFileSync(join(__dirname, "golden", "gpu-1.ipxe"), "utf8"));
  });

  it("reads back as the images, the digest and where to report with which token", () => {
    const plan = parseIpxe(script);
    assert.ok(plan.boot);
    assert.equal(plan.kernel, `http://127.71.0.1:8080/images/${kernel}`);
    assert.deepEqual(plan.initrds, [`http://127.71.0.1:8080/images/${initrd}`]);
    assert.equal(plan.commandLine.get("lectern.image_sha256"), root);
    assert.equal(
      plan.commandLine.get("lectern.report"),
      `http://127.71.0.1:8080/v1/machines/${machine.mac}/report`,
    );
    assert.equal(plan.commandLine.get("lectern.token"), "one-time");
    assert.equal(plan.commandLine.get("console"), "ttyS0,115200");
  });

  it("gives way to the disk where no boot is expected, and holds no token", () => {
    assert.deepEqual(parseIpxe(renderNoBoot(machine)), { boot: false });
  });
});

describe("parseIpxe", () => {
  it("refuses what is no script, and commands it does not know, without repeating them whole", () => {
    assert.throws(() => parseIpxe("<html>"), /first line is not #!ipxe/);
    assert.throws(
      () => parseIpxe("#!ipxe\nchain http://x/ token=s3cret\n"),
      (error: Error) => {
        return /line 2: chain/.test(error.message) && !error.message.includes("s3cret");
      },
    );
    assert.throws(() => parseIpxe("#!ipxe\nboot\n"), /boot without a kernel/);
  });
});
