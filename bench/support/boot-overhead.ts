import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { ProcessFolder } from "../../base/processes";
import { run } from "../../base/run";
import { waitFor } from "../../base/wait";
import { type ImageSet } from "../../bare-metal/boot/images";
import { bootServiceOf, machineBackend, runLifecycle } from "../../bare-metal/lifecycle";
import { bootServiceClient } from "../../lab/boot-service";
import { imagesFolder } from "../../lab/images";
import { machineFolder } from "../../lab/machine";
import type { Room } from "../../lab/room";
import { DHCP_PROCESS, startDhcp } from "../../lab/vm/dhcp";
import { stopVirtualMachines, virtualMachines } from "../../lab/vm/machines";
import { BRIDGE, bridgeAddress } from "../../lab/vm/network";
import { startVirtualRoom, stopVirtualRoom } from "../../lab/vm/start";

const NET = "100.76";
const ROUNDS = 2;
const BOOT_MS = 600_000;

/**
 * One virtual machine, one image, in turns: booted as somebody does it by hand (ipmitool, a dnsmasq.conf, an iPXE
 * script, nginx), and by the life of a machine. Both end when the machine's SSH answers; ours when it has reported too.
 * Prints seconds as JSON. In a network namespace of its own: `boot-overhead.ts IMAGE`.
 */
async function main(): Promise<void> {
  const image = process.argv[2];
  if (image === undefined) throw new Error("usage: boot-overhead.ts IMAGE");
  const root = mkdtempSync(join(tmpdir(), "lectern-bench-boot-"));
  let room: Room | undefined;
  try {
    room = await startVirtualRoom({ name: "bench-boot", root, net: NET, image });
    const [byHand, ours]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      byHand.push(await bootByHand(room, root));
      ours.push(await bootOurs(room));
    }
    process.stdout.write(`${JSON.stringify({ byHand, ours })}\n`);
  } finally {
    if (room) await stopVirtualRoom(room);
    rmSync(root, { recursive: true, force: true });
  }
}

async function bootOurs(room: Room): Promise<number> {
  const machine = machineOf(room);
  const { name, role, address, mac, bmc } = machine;
  const { signal } = new AbortController();
  const password = room.credentials.bmc[name]?.password ?? "";
  const backend = machineBackend(name, { ...bmc, password }, signal);
  const began = performance.now();
  try {
    await runLifecycle(
      { become: "ready", timeout: BOOT_MS, grace: 0 },
      { backend, bootService: bootServiceOf(bootServiceClient(room), mac, { name, role, address }), signal },
    );
    await answersSsh(address);
    return since(began);
  } finally {
    await backend.close();
    await stopVirtualMachines(room);
    await bootServiceClient(room).remove(mac);
  }
}

async function bootByHand(room: Room, root: string): Promise<number> {
  const { name, address, mac, bmc } = machineOf(room);
  const processes = new ProcessFolder(join(room.dir, "run"));
  await processes.stop(DHCP_PROCESS);
  const hand = writeByHand(room, root);
  const logFile = join(room.dir, "logs", "by-hand.log");
  processes.start({ name: "by-hand-nginx", argv: ["nginx", "-c", hand.nginx, "-g", "daemon off;"], logFile });
  const dnsmasq = ["dnsmasq", "--keep-in-foreground", "--user=root", `--conf-file=${hand.dnsmasq}`] as const;
  processes.start({ name: "by-hand-dnsmasq", argv: [...dnsmasq], logFile });
  const login = ["-I", "lanplus", "-C", "3", "-H", bmc.address, "-U", bmc.user];
  const ipmitool = (...words: string[]) =>
    run(["ipmitool", ...login, "-f", join(machineFolder(room, name), "password"), ...words]);
  await waitFor("the web server serves", () => answers(bridgeAddress(NET), 8081), { timeout: 20_000 });
  const began = performance.now();
  try {
    await ipmitool("chassis", "bootdev", "pxe");
    await ipmitool("power", "on");
    await answersSsh(address);
    return since(began);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${mac}\n${readFileSync(logFile, "utf8").slice(-2000)}`, {
      cause: error,
    });
  } finally {
    await stopVirtualMachines(room);
    await processes.stop("by-hand-dnsmasq");
    await processes.stop("by-hand-nginx");
    await startDhcp(room, virtualMachines(room));
  }
}

/** What somebody writes who boots one machine over the network without Lectern. */
function writeByHand(room: Room, root: string): { readonly dnsmasq: string; readonly nginx: string } {
  const { mac, address } = machineOf(room);
  const dir = join(root, "by-hand");
  const [dnsmasq, nginx] = [join(dir, "dnsmasq.conf"), join(dir, "nginx.conf")];
  if (existsSync(dir)) return { dnsmasq, nginx };
  mkdirSync(dir);
  const images = imagesFolder(room);
  const set = JSON.parse(readFileSync(join(images, "images.json"), "utf8")) as ImageSet;
  const url = `http://${bridgeAddress(NET)}:8081`;
  const words = [
    ...["initrd=initrd", ...set.arguments, `BOOTIF=01-${mac.replaceAll(":", "-")}`],
    ...[`lectern.image=${url}/${set.root}`, `lectern.image_sha256=${set.root}`],
  ];
  writeFileSync(
    join(dir, "boot.ipxe"),
    `#!ipxe\nkernel --name kernel ${url}/${set.kernel} ${words.join(" ")}\ninitrd --name initrd ${url}/${set.initrd}\nboot\n`,
  );
  symlinkSync("/usr/lib/ipxe/undionly.kpxe", join(dir, "undionly.kpxe"));
  writeFileSync(
    dnsmasq,
    [
      ...["port=0", `interface=${BRIDGE}`, "bind-dynamic", "enable-tftp", `tftp-root=${dir}`, "no-ping"],
      ...["dhcp-authoritative", `dhcp-leasefile=${dir}/leases`, `dhcp-range=${NET}.0.0,static,255.255.0.0`],
      ...[`dhcp-host=${mac},${address}`, "dhcp-userclass=set:ipxe,iPXE", "dhcp-boot=tag:!ipxe,undionly.kpxe"],
      ...["dhcp-boot=tag:ipxe,boot.ipxe", ""],
    ].join("\n"),
  );
  writeFileSync(
    nginx,
    `user root; pid ${dir}/nginx.pid; error_log ${dir}/nginx.log; events {}\n` +
      `http { sendfile on; access_log off; server { listen ${bridgeAddress(NET)}:8081; root ${images}; } }\n`,
  );
  return { dnsmasq, nginx };
}

function machineOf(room: Room) {
  const machine = room.inventory.machines.find((m) => m.name === "cpu-1");
  if (!machine) throw new Error("the room has no cpu-1");
  return machine;
}

function answersSsh(address: string): Promise<true> {
  return waitFor(`${address} answers SSH`, () => answers(address, 22, "SSH-2.0"), {
    timeout: BOOT_MS,
    interval: 100,
  });
}

/** Whether a connection comes about, and its first words are these. */
function answers(host: string, port: number, words = ""): Promise<true | undefined> {
  return new Promise<true | undefined>((resolve) => {
    const socket = connect({ host, port });
    socket.setTimeout(2_000, () => socket.destroy());
    socket.once("connect", () => words === "" && resolve(true));
    socket.once("data", (data) => resolve(data.toString("latin1").startsWith(words) ? true : undefined));
    socket.once("error", () => resolve(undefined));
    socket.once("close", () => resolve(undefined));
  });
}

function since(began: number): number {
  return Number(((performance.now() - began) / 1000).toFixed(1));
}

main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).stack}\n`);
  process.exitCode = 1;
});
