import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderGatewayUnits } from "../../../../bare-metal/boot/units";
import { runToEnd } from "../../../../base/run";
import { type Scratch, scratchFolder } from "../../../fixtures/scratch";

describe("units of a gateway, read by systemd", () => {
  let scratch: Scratch;
  before(() => (scratch = scratchFolder("units")));
  after(() => scratch.remove());

  it("have nothing that systemd-analyze complains about", async function () {
    this.timeout(30_000);
    const units = renderGatewayUnits({
      program: "/usr/local/lib/lectern/boot-0123456789abcdef.js",
      node: process.execPath,
      address: "10.1.0.1",
      port: 8080,
      tlsPort: 8443,
      stateDir: "/var/lib/lectern",
      credentials: "/etc/lectern/credentials.json",
      dnsmasqConfig: "/etc/lectern/dnsmasq.conf",
      dhcp: { network: "10.1.0.0/22", mode: "server" },
    });
    const files = Object.entries(units).map(([name, text]) => {
      writeFileSync(join(scratch.dir, name), text);
      return join(scratch.dir, name);
    });
    const verified = await runToEnd(["systemd-analyze", "verify", ...files]);
    assert.deepEqual([verified.status, verified.stdout + verified.stderr], [0, ""]);
  });
});
