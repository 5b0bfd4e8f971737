import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import {
  FIRMWARE_FILES,
  type DhcpOptions,
  FIRST_SCRIPT,
  renderDnsmasq,
  renderFirstScript,
} from "../../bare-metal/boot/dnsmasq";
import { privateFolder, readIfThere, replaceFile } from "../../base/files";
import { ProcessFolder } from "../../base/processes";
import { whenReady } from "../ready";
import type { Room } from "../room";
import { BRIDGE, bridgeAddress } from "./network";

export const DHCP_PROCESS = "dnsmasq";
/** Debian's package `ipxe`. */
const IPXE = "/usr/lib/ipxe";

/** Starts DHCP and TFTP for the machines behind the bridge and waits until they are served. Idempotent. */
export async function startDhcp(
  room: Room,
  machines: readonly string[],
  mode: DhcpOptions["mode"] = "server",
): Promise<void> {
  const dir = join(room.dir, "dhcp");
  const tftpDir = join(dir, "tftp");
  privateFolder(tftpDir);
  for (const file of FIRMWARE_FILES) {
    if (!existsSync(join(tftpDir, file))) copyFileSync(join(IPXE, file), join(tftpDir, file));
  }
  const { address, port } = room.inventory.services.boot;
  const bootUrl = `http://${address}:${port}`;
  replaceFile(join(tftpDir, FIRST_SCRIPT), renderFirstScript(bootUrl), { mode: 0o644 });
  const config = join(dir, "dnsmasq.conf");
  replaceFile(
    config,
    renderDnsmasq({
      interface: BRIDGE,
      network: `${room.net}.0.0/16`,
      mode,
      ...(mode === "server" && { discovery: [`${room.net}.2.200`, `${room.net}.2.220`] as const }),
      gateway: bridgeAddress(room.net),
      bootUrl,
      tftpDir,
      leaseFile: join(dir, "leases"),
      machines: room.inventory.machines.filter((m) => machines.includes(m.name)),
    }),
  );
  const logFile = join(room.dir, "logs", "dnsmasq.log");
  const processes = new ProcessFolder(join(room.dir, "run"));
  // Root stays root, for its files are in a folder that nobody else may enter.
  const argv = [
    "dnsmasq",
    "--keep-in-foreground",
    "--user=root",
    "--log-facility=-",
    `--conf-file=${config}`,
  ] as const;
  processes.start({ name: DHCP_PROCESS, argv: [...argv], logFile });
  await whenReady({
    processes,
    name: DHCP_PROCESS,
    logFile,
    probe: () => (/started, version/.test(readIfThere(logFile) ?? "") ? true : undefined),
    timeout: 20_000,
  });
}
