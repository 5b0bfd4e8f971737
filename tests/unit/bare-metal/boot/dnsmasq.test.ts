import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type DhcpOptions, renderDnsmasq, renderFirstScript } from "../../../../bare-metal/boot/dnsmasq";
import { FaultsError } from "../../../../base/faults";

const options: DhcpOptions = {
  interface: "eno2",
  network: "10.1.0.0/22",
  mode: "server",
  discovery: ["10.1.3.1", "10.1.3.200"],
  gateway: "10.1.0.1",
  bootUrl: "http://10.1.0.1:8080",
  tftpDir: "/var/lib/lectern/tftp",
  leaseFile: "/var/lib/lectern/leases",
  machines: [
    { mac: "52:54:00:71:00:11", name: "gpu-1", address: "10.1.1.11" },
    { mac: "52:54:00:71:00:12", name: "gpu-2", address: "10.1.1.12" },
  ],
};
const proxy: DhcpOptions = { ...options, mode: "proxy", discovery: undefined as never, machines: [] };

describe("dnsmasq's configuration", () => {
  for (const [name, given] of [
    ["server", options],
    ["proxy", proxy],
  ] as const) {
    it(`is the golden file for mode ${name}`, () => {
      assert.equal(
        renderDnsmasq(given),
        readFileSync(join(__dirname, `golden/dnsmasq-${name}.conf`), "utf8"),
      );
    });
  }

  it("names every fault of the addresses at once", () => {
    const wrong = {
      ...options,
      gateway: "10.9.0.1",
      machines: [
        ...options.machines,
        { mac: "52:54:00:71:00:12", name: "gpu-3", address: "10.1.3.7" },
        { mac: "52:54:00:71:00:14", name: "gpu-4", address: "10.1.1.11" },
        { mac: "52:54:00:71:00:15", name: "gpu-5", address: "192.0.2.1" },
      ],
    };
    assert.throws(
      () => renderDnsmasq(wrong),
      (error: FaultsError) => {
        assert.deepEqual(
          error.faults.map((f) => f.path),
          ["gateway", "machines[2].address", "machines[2].mac", "machines[3].address", "machines[4].address"],
        );
        assert.match(error.message, /gpu-2 has it too/);
        return error instanceof FaultsError;
      },
    );
    assert.throws(
      () => renderDnsmasq({ ...proxy, discovery: ["10.1.3.1", "10.1.3.2"] }),
      /a proxy gives no addresses/,
    );
  });

  it("has iPXE ask the boot service until it answers", () => {
    const script = renderFirstScript("http://10.1.0.1:8080");
    assert.match(script, /^#!ipxe\n/);
    assert.match(script, /imgfetch --name lectern http:\/\/10\.1\.0\.1:8080\/boot\/\$\{netX\/mac\}/);
  });
});
