import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { run } from "../../../base/run";
import { waitFor } from "../../../base/wait";
import { BootServiceClient } from "../../../bare-metal/boot/client";
import { makeSigningKey, manifestText, signImage } from "../../../images/node/manifest";
import { PulumiProject } from "../../fixtures/pulumi-project";
import { type Scratch, scratchFolder } from "../../fixtures/scratch";
import { startSshd, type TestSshd } from "../../fixtures/sshd";

const ROOT = resolve(__dirname, "../../..");
const TOKEN = "a-boot-token-that-must-never-be-seen-anywhere";
const ADDRESS = "10.77.1.1";

const PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const { ControlGateway } = require("${ROOT}/components/control-gateway");
const { gatewayProgram } = require("${ROOT}/bare-metal/gateway/program");
const { readGatewayImages } = require("${ROOT}/stacks/gateway-images");
const { FaultCollector } = require("${ROOT}/base/faults");
const config = new pulumi.Config();
const faults = new FaultCollector();
const images = readGatewayImages({ images: [{ folder: process.env.IMAGE }], imageKey: process.env.IMAGE + "/site.pub" }, faults);
faults.throwIfAny("images");
const gateway = new ControlGateway("gateway", {
  connection: config.requireSecretObject("connection"),
  boot: { address: config.get("address") || "${ADDRESS}", port: 8080, tlsPort: 8443 },
  token: process.env.BOOT_TOKEN,
  dhcp: {
    interface: "gateway0", network: "10.77.1.0/24", mode: "server",
    machines: [{ mac: "52:54:00:77:00:11", name: "cpu-1", address: config.get("machine") || "10.77.1.11" }],
  },
  images, program: gatewayProgram(process.env.PROGRAM_DIR), node: process.execPath,
});
exports.url = gateway.url;
exports.pin = gateway.pin;
`;

/** A gateway over OpenSSH, under a systemd of its own. */
describe("control gateway, set up over SSH", function () {
  this.timeout(180_000);
  let scratch: Scratch;
  let sshd: TestSshd;
  let project: PulumiProject;
  let image: string;

  /** A shell on the gateway. */
  const there = async (script: string): Promise<string> => {
    const [command = "", ...words] = sshd.command;
    return (await run([command, ...words, script])).stdout;
  };
  const up = async (...words: string[]): Promise<string> => {
    const { status, output } = await project.pulumi(
      "up",
      "--yes",
      "--skip-preview",
      "--stack",
      "dev",
      ...words,
    );
    assert.equal(
      status,
      0,
      `${output}\n${await there("journalctl --no-pager --lines 50 --output cat || :")}`,
    );
    return output;
  };
  /** Process ids of the services, which change when they start anew. */
  const services = async (): Promise<{ boot: string; dhcp: string }> => {
    const shown = await there(
      "systemctl show --property MainPID --value lectern-boot.service lectern-dhcp.service",
    );
    const [boot = "", dhcp = ""] = shown.trim().split(/\n+/);
    assert.ok(Number(boot) > 0 && Number(dhcp) > 0, shown);
    return { boot, dhcp };
  };
  const output = async (name: string): Promise<string> =>
    (await project.pulumi("stack", "output", name, "--stack", "dev")).output.trim();
  const connect = async (server: TestSshd): Promise<void> => {
    sshd = server;
    const { host, port, privateKey, hostKey } = server;
    const connection = JSON.stringify({ host, port, user: "root", privateKey, hostKey });
    const set = await project.pulumi("config", "set", "--secret", "connection", connection);
    assert.equal(set.status, 0, set.output);
  };

  before(async () => {
    scratch = scratchFolder("gateway");
    await run(["ip", "link", "set", "lo", "up"]);
    await run(["ip", "link", "add", "gateway0", "type", "bridge"]);
    await run(["ip", "address", "add", `${ADDRESS}/24`, "dev", "gateway0"]);
    await run(["ip", "link", "set", "gateway0", "up"]);
    image = signedImage(join(scratch.dir, "image"));
    process.env["IMAGE"] = image;
    process.env["BOOT_TOKEN"] = TOKEN;
    process.env["PROGRAM_DIR"] = join(scratch.dir, "program");
    project = new PulumiProject(PROGRAM);
    await project.pulumi("stack", "init", "dev");
  });

  after(async () => {
    await sshd?.stop();
    project?.remove();
    scratch?.remove();
  });

  it("names all that a machine lacks, and touches nothing", async () => {
    await connect(await startSshd("127.71.223.1", { scratch: ["/etc", "/var/lib", "/usr/local", "/run"] }));
    await project.pulumi("config", "set", "address", "10.77.1.99");
    const { status, output } = await project.pulumi("up", "--yes", "--skip-preview", "--stack", "dev");
    await project.pulumi("config", "rm", "address");
    assert.notEqual(status, 0);
    assert.match(output, /systemd does not run there; choose a machine/);
    assert.match(output, /it has no address 10\.77\.1\.99; correct services\.boot\.address/);
    assert.equal((await there("ls -d /etc/lectern /var/lib/lectern 2>/dev/null || :")).trim(), "");
  });

  it("serves the boot service and DHCP by units that systemd takes", async () => {
    await sshd.stop();
    await connect(await startSshd("127.71.223.1", { systemd: true }));
    await up();
    const [url, pin] = [await output("url"), await output("pin")];
    assert.equal(url, `https://${ADDRESS}:8443`);
    const client = new BootServiceClient({ url, token: TOKEN, pin });
    const { own } = await client.images();
    assert.equal(
      own,
      createHash("sha256")
        .update(readFileSync(join(image, "root")))
        .digest("hex"),
    );
    assert.match(await there("journalctl --unit lectern-dhcp.service"), /DHCP, static leases only/);
    await assert.rejects(
      new BootServiceClient({ url, token: TOKEN, pin: `sha256//${"A".repeat(43)}=` }).images(),
      /its key is sha256\/\/.*, expected sha256\/\/A/,
    );
  });

  it("keeps secrets to root, and out of the state", async () => {
    const modes = await there(
      "stat -c '%a %U %n' /etc/lectern/credentials.json /var/lib/lectern /etc/lectern/dnsmasq.conf /etc/systemd/system/lectern-boot.service /var/lib/lectern/tls/boot.key",
    );
    assert.deepEqual(modes.trim().split("\n"), [
      "600 root /etc/lectern/credentials.json",
      "700 root /var/lib/lectern",
      "644 root /etc/lectern/dnsmasq.conf",
      "644 root /etc/systemd/system/lectern-boot.service",
      "600 root /var/lib/lectern/tls/boot.key",
    ]);
    const { output } = await project.pulumi("stack", "export", "--stack", "dev");
    assert.ok(
      !output.includes(TOKEN) && !output.includes(Buffer.from(TOKEN).toString("base64").slice(4, 40)),
    );
    assert.ok(!(await there("ps -eo args")).includes(TOKEN));
    assert.ok(!sshd.log().includes(TOKEN));
    assert.ok(!existsSync("/etc/lectern") && !existsSync("/var/lib/lectern"), "this machine has none of it");
  });

  it("changes nothing at a second up, and starts anew only what a change touches", async () => {
    const first = await services();
    await up("--expect-no-changes");
    assert.deepEqual(await services(), first);
    await project.pulumi("config", "set", "machine", "10.77.1.12");
    await up();
    const second = await services();
    assert.equal(second.boot, first.boot);
    assert.notEqual(second.dhcp, first.dhcp);
    assert.match(await there("cat /etc/lectern/dnsmasq.conf"), /10\.77\.1\.12,cpu-1/);
  });

  it("starts a service again that has died", async () => {
    const { boot } = await services();
    await there(`kill -9 ${boot}`);
    await waitFor("the boot service runs anew", async () => (await services()).boot !== boot || undefined, {
      timeout: 30_000,
    });
  });

  it("serves again after the gateway was started anew, under the same key", async () => {
    const pin = await output("pin");
    // When init started (field 22, proc(5)).
    const started = async () => (await there("cut -d' ' -f22 /proc/1/stat")).trim();
    const before = await started();
    await there("systemctl reboot").catch(() => undefined);
    await waitFor("the gateway is up again", async () => (await started()) !== before || undefined, {
      timeout: 60_000,
    });
    const client = new BootServiceClient({ url: await output("url"), token: TOKEN, pin });
    await waitFor("the boot service answers", () => client.images(), { timeout: 60_000 });
    await waitFor("DHCP, once it has looked for another server", services, { timeout: 60_000 });
    await up("--expect-no-changes");
  });

  it("takes the services down and keeps what is known of machines", async () => {
    const { status, output } = await project.pulumi("destroy", "--yes", "--skip-preview", "--stack", "dev");
    assert.equal(status, 0, output);
    const left = await there(
      "ls /etc/systemd/system/lectern-* /etc/lectern/credentials.json /usr/local/lib/lectern 2>/dev/null; ls /var/lib/lectern",
    );
    assert.deepEqual(left.trim().split("\n"), ["discovered", "images", "leases", "machines", "tftp", "tls"]);
    await assert.rejects(fetch(`http://${ADDRESS}:8080/v1/images`));
  });
});

/** A node image of a few bytes, signed. */
function signedImage(dir: string): string {
  mkdirSync(dir);
  const part = (name: string) => {
    writeFileSync(join(dir, name), `${name} of a test`);
    const sha256 = createHash("sha256")
      .update(readFileSync(join(dir, name)))
      .digest("hex");
    return { sha256, bytes: statSync(join(dir, name)).size };
  };
  const manifest = {
    ...{
      kind: "lectern-node-image" as const,
      suite: "bookworm",
      architecture: "amd64",
      kernelFlavor: "cloud",
    },
    ...{ layers: [], kubernetes: "1.37.2", sourceDateEpoch: 0, packages: {} },
    parts: { kernel: part("kernel"), initrd: part("initrd"), root: part("root") },
  };
  writeFileSync(join(dir, "manifest.json"), manifestText(manifest));
  signImage(dir, makeSigningKey().privateKey);
  return dir;
}
