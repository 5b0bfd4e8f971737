import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { type GatewayOptions, planGateway } from "../../../../bare-metal/gateway/plan";
import { installScript, prepareScript, removeScript } from "../../../../bare-metal/gateway/script";

const TOKEN = "a-boot-token-that-must-never-be-seen-anywhere";
const set = (digit: string) => ({
  ...{ kernel: digit.repeat(64), initrd: digit.repeat(64), root: digit.repeat(64) },
  arguments: ["boot=lectern"],
});
const OPTIONS: GatewayOptions = {
  boot: { address: "10.1.0.1", port: 8080, tlsPort: 8443 },
  token: TOKEN,
  images: { own: set("a"), named: { next: set("b") } },
  program: "0123456789abcdef".repeat(4),
  node: "/usr/bin/node",
  dhcp: {
    ...{ interface: "eno2", network: "10.1.0.0/22", mode: "server" },
    machines: [{ mac: "52:54:00:77:00:11", name: "cpu-1", address: "10.1.0.11" }],
  },
};

describe("gateway plan", () => {
  it("has the token in one file, for root alone", () => {
    const { files } = planGateway(OPTIONS);
    const holding = files.filter(({ content }) => content.includes(TOKEN));
    assert.deepEqual(
      holding.map(({ path, mode }) => [path, mode]),
      [["/etc/lectern/credentials.json", "0600"]],
    );
  });

  it("starts a unit anew for what it reads, and reads images anew", () => {
    const { files } = planGateway(OPTIONS);
    const changes = Object.fromEntries(
      files.map(({ path, changes: { unit, by } }) => [path, `${by} ${unit}`]),
    );
    assert.equal(changes["/var/lib/lectern/images/next.images.json"], "reload lectern-boot.service");
    assert.equal(changes["/etc/lectern/dnsmasq.conf"], "restart lectern-dhcp.service");
    assert.equal(changes["/etc/systemd/system/lectern-boot.service"], "restart lectern-boot.service");
  });

  it("leaves DHCP alone where the site has its own", () => {
    const { boot, token, images, program, node } = OPTIONS;
    const plan = planGateway({ boot, token, images, program, node });
    assert.deepEqual(plan.units, ["lectern-boot.service"]);
    assert.doesNotMatch(prepareScript(plan), /dnsmasq/);
    assert.match(installScript(plan), /disable --now --quiet lectern-dhcp\.service/);
  });

  it("names an address outside of the network before anything is touched", () => {
    const machines = [{ mac: "52:54:00:77:00:11", name: "cpu-1", address: "10.9.0.11" }];
    assert.throws(
      () => planGateway({ ...OPTIONS, dhcp: { ...OPTIONS.dhcp!, machines } }),
      /machines\[0\]\.address = "10\.9\.0\.11"[^]*not in the provisioning network 10\.1\.0\.0\/22/,
    );
  });

  it("makes scripts that a POSIX shell reads, without the token in clear", () => {
    const plan = planGateway(OPTIONS);
    for (const script of [prepareScript(plan), installScript(plan), removeScript(plan)]) {
      execFileSync("sh", ["-n"], { input: script });
      assert.ok(!script.includes(TOKEN));
    }
    assert.doesNotMatch(removeScript(plan), /\/var\/lib/, "what is known of machines stays");
  });
});
