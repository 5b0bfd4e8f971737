import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { renderGatewayUnits } from "../../../../bare-metal/boot/units";

describe("units of a gateway", () => {
  const units = renderGatewayUnits({
    program: "/usr/local/lib/lectern/boot-0123456789abcdef.js",
    node: "/usr/bin/node",
    address: "10.1.0.1",
    port: 8080,
    tlsPort: 8443,
    stateDir: "/var/lib/lectern",
    credentials: "/etc/lectern/credentials.json",
    dnsmasqConfig: "/etc/lectern/dnsmasq.conf",
    dhcp: { network: "10.1.0.0/22", mode: "server" },
  });

  for (const [name, text] of Object.entries(units)) {
    it(`are the golden file ${name}`, () => {
      assert.equal(text, readFileSync(join(__dirname, "golden", name), "utf8"));
    });
  }

  it("name the file with the token, and never the token", () => {
    assert.match(units["lectern-boot.service"] ?? "", /--credentials \/etc\/lectern\/credentials\.json/);
    assert.ok(!JSON.stringify(units).includes("bootToken"));
  });
});
