import { randomBytes } from "node:crypto";
import { networkInterfaces } from "node:os";
import { describeFault } from "../base/faults";
import { cidrContains } from "../base/network";
import { askForOffers, offerFaults } from "../bare-metal/boot/dhcp-probe";
import { SilentFailure, UsageError } from "./failure";
import { formatTable } from "./table";

export interface CheckDhcpOptions {
  network: string;
  mode: string;
  wait: string;
  json?: true;
}

/** `lectern machines check-dhcp`: who gives addresses in the provisioning network, and whether that is right. */
export async function checkDhcp({ network, mode, wait, json }: CheckDhcpOptions): Promise<void> {
  if (mode !== "server" && mode !== "proxy") throw new UsageError(`--mode ${mode}: choose server or proxy`);
  const seconds = Number(wait);
  if (!(seconds >= 1 && seconds <= 60)) throw new UsageError(`--wait ${wait}: 1 to 60 seconds`);
  const own = ownAddress(network);
  process.stderr.write(`asking in ${network} from ${own} for ${seconds} s\n`);
  const offers = await askForOffers({ network, wait: seconds * 1000, random: randomBytes });
  const faults = offerFaults(offers, { mode, own });
  if (json) process.stdout.write(`${JSON.stringify({ offers, faults }, undefined, 2)}\n`);
  else {
    const rows = offers.map(({ server, address, boots }) => [
      server === own ? `${server} (ours)` : server,
      address ?? "none: a proxy",
      boots ? "yes" : "no",
    ]);
    process.stdout.write(`${formatTable(["SERVER", "OFFERS", "TELLS HOW TO BOOT"], rows)}\n`);
    for (const fault of faults) process.stderr.write(`${describeFault(fault)}\n`);
  }
  if (faults.length > 0) throw new SilentFailure("the provisioning network's DHCP is not right");
}

/** This machine's address in a network. */
function ownAddress(network: string): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const own = all.find(({ family, address }) => family === "IPv4" && cidrContains(network, address) === true);
  if (own) return own.address;
  throw new UsageError(
    `--network ${network}: this machine has no address in it; run this on the machine that serves the provisioning network`,
  );
}
