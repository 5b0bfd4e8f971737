import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type DhcpOptions,
  FIRST_SCRIPT,
  renderDnsmasq,
  renderFirstScript,
} from "../../../../bare-metal/boot/dnsmasq";
import { run } from "../../../../base/run";
import { waitFor } from "../../../../base/wait";
import { otherNamespace } from "../../../fixtures/foreign-dhcp";
import { type Scratch, scratchFolder } from "../../../fixtures/scratch";

const KNOWN = "52:54:00:77:00:11";

/** dnsmasq under our configuration, asked by busybox's DHCP and TFTP clients from the other end of a cable. */
describe("DHCP and TFTP of the network boot", function () {
  this.timeout(120_000);
  let scratch: Scratch;
  let client: ChildProcess;
  let server: ChildProcess;
  let log = "";

  before(async () => {
    scratch = scratchFolder("dhcp");
    const tftpDir = join(scratch.dir, "tftp");
    mkdirSync(tftpDir);
    writeFileSync(join(tftpDir, FIRST_SCRIPT), renderFirstScript("http://10.77.0.1:8080"));
    const options: DhcpOptions = {
      interface: "server0",
      network: "10.77.0.0/24",
      mode: "server",
      discovery: ["10.77.0.200", "10.77.0.210"],
      gateway: "10.77.0.1",
      bootUrl: "http://10.77.0.1:8080",
      tftpDir,
      leaseFile: join(scratch.dir, "leases"),
      machines: [{ mac: KNOWN, name: "cpu-1", address: "10.77.0.11" }],
    };
    const config = join(scratch.dir, "dnsmasq.conf");
    writeFileSync(config, renderDnsmasq(options));
    await run(["dnsmasq", "--test", `--conf-file=${config}`]);
    // The client's end of the cable is in a namespace of its own, or the kernel would answer by itself.
    client = spawn("unshare", ["--net", "sleep", "infinity"], { stdio: "ignore" });
    await run(["ip", "link", "set", "lo", "up"]);
    await run(["ip", "link", "add", "server0", "type", "veth", "peer", "name", "client0"]);
    await otherNamespace(client.pid as number);
    await run(["ip", "link", "set", "client0", "netns", String(client.pid)]);
    await run(["ip", "address", "add", "10.77.0.1/24", "dev", "server0"]);
    await run(["ip", "link", "set", "server0", "up"]);
    server = spawn(
      "dnsmasq",
      ["--keep-in-foreground", "--user=root", "--log-facility=-", `--conf-file=${config}`],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    for (const stream of [server.stdout, server.stderr])
      stream?.on("data", (text: Buffer) => (log += text.toString()));
    await waitFor("dnsmasq serves", () => /started, version/.test(log) || undefined, { timeout: 20_000 });
  });

  after(() => {
    server?.kill("SIGKILL");
    client?.kill("SIGKILL");
    scratch?.remove();
  });

  const there = (...argv: string[]) => run(["nsenter", "-t", String(client.pid), "-n", ...argv]);

  /** What a machine with that MAC and these options is offered. */
  async function ask(mac: string, options: readonly string[]): Promise<Record<string, string>> {
    await there("ip", "link", "set", "client0", "down");
    await there("ip", "link", "set", "client0", "address", mac, "up");
    scratch.program("told", '#!/bin/sh\n[ "$1" = bound ] && env\nexit 0\n');
    const { stdout } = await there(
      ...["busybox", "udhcpc", "-i", "client0", "-f", "-n", "-q", "-t", "10", "-T", "1", "-O", "bootfile"],
      ...["-s", join(scratch.bin, "told"), ...options.flatMap((option) => ["-x", option])],
    );
    return Object.fromEntries(stdout.split("\n").map((line) => line.split(/=(.*)/s) as [string, string]));
  }

  const bootFile = (told: Record<string, string>): string | undefined =>
    told["boot_file"] ?? told["bootfile"];

  it("gives a BIOS, a UEFI and iPXE what each can start, and the machine its own address", async () => {
    for (const [what, options, expected] of [
      ["BIOS", ["0x5d:0000"], "undionly.kpxe"],
      ["UEFI", ["0x5d:0007"], "snponly.efi"],
      ["UEFI, EBC number", ["0x5d:0009"], "snponly.efi"],
      ["iPXE on BIOS", ["0x5d:0000", "0x4d:69505845"], FIRST_SCRIPT],
      ["iPXE on UEFI", ["0x5d:0007", "0x4d:69505845"], FIRST_SCRIPT],
    ] as const) {
      const told = await ask(KNOWN, options);
      assert.equal(bootFile(told), expected, what);
      assert.deepEqual([told["ip"], told["router"]], ["10.77.0.11", "10.77.0.1"], what);
    }
  });

  it("gives a machine that is not registered an address for its discovery boot", async () => {
    const told = await ask("52:54:00:77:00:99", ["0x5d:0007", "0x4d:69505845"]);
    assert.match(told["ip"] ?? "", /^10\.77\.0\.2(0\d|10)$/);
    assert.equal(bootFile(told), FIRST_SCRIPT);
  });

  it("hands out the first script over TFTP", async () => {
    await there("ip", "address", "replace", "10.77.0.11/24", "dev", "client0");
    const got = join(scratch.dir, "got");
    await there("busybox", "tftp", "-g", "-r", FIRST_SCRIPT, "-l", got, "10.77.0.1");
    assert.equal((await run(["cat", got])).stdout, renderFirstScript("http://10.77.0.1:8080"));
  });
});
