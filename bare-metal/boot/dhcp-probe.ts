import { createSocket } from "node:dgram";
import { setTimeout as sleep } from "node:timers/promises";
import { type Fault, FaultCollector } from "../../base/faults";
import { cidrRange, numberToIpv4 } from "../../base/network";
import type { Milliseconds } from "../../base/units";
import type { DhcpOptions } from "./dnsmasq";

/** Fixed part of a message (RFC 2131, 2) and the cookie before its options (RFC 2132, 2). */
const FIXED = 236;
const COOKIE = 0x63825363;
/** Options (RFC 2132; 93, 94 and 97: RFC 4578). */
const OPTION = {
  pad: 0,
  messageType: 53,
  server: 54,
  parameters: 55,
  vendorClass: 60,
  bootFile: 67,
  architecture: 93,
  networkInterface: 94,
  machineId: 97,
  end: 255,
} as const;
const DISCOVER = 1;
const OFFER = 2;
const PXE = "PXEClient";

/** What one server answers to a machine that asks for an address and how to boot. */
export interface DhcpOffer {
  /** Address of the server (its server identifier). */
  readonly server: string;
  /** Address that it would give; undefined: it gives none, as a proxy. */
  readonly address?: string;
  /** It says how to boot: a file, or that it is a PXE server. */
  readonly boots: boolean;
}

/** A DHCPDISCOVER (RFC 2131, 4.4.1) as a UEFI machine's network boot sends it, to be answered by broadcast. */
export function encodeDiscover(xid: number, mac: string): Buffer {
  const fixed = Buffer.alloc(FIXED + 4);
  // A request over Ethernet, with addresses of 6 bytes.
  fixed.set([1, 1, 6, 0], 0);
  fixed.writeUInt32BE(xid, 4);
  fixed.writeUInt16BE(0x8000, 10);
  fixed.set(
    mac.split(":").map((byte) => parseInt(byte, 16)),
    28,
  );
  fixed.writeUInt32BE(COOKIE, FIXED);
  const option = (code: number, value: Buffer): Buffer =>
    Buffer.concat([Buffer.from([code, value.length]), value]);
  return Buffer.concat([
    fixed,
    option(OPTION.messageType, Buffer.from([DISCOVER])),
    option(OPTION.parameters, Buffer.from([1, 3, OPTION.vendorClass, 66, OPTION.bootFile])),
    option(OPTION.vendorClass, Buffer.from(`${PXE}:Arch:00007:UNDI:003000`)),
    option(OPTION.architecture, Buffer.from([0, 7])),
    option(OPTION.networkInterface, Buffer.from([1, 3, 0])),
    option(OPTION.machineId, Buffer.alloc(17)),
    Buffer.from([OPTION.end]),
  ]);
}

/** The offer that a packet holds; undefined: it is no offer, or one of another exchange. */
export function decodeOffer(packet: Buffer, xid: number): DhcpOffer | undefined {
  if (packet.length < FIXED + 4 || packet[0] !== 2 || packet.readUInt32BE(4) !== xid) return undefined;
  if (packet.readUInt32BE(FIXED) !== COOKIE) return undefined;
  const options = new Map<number, Buffer>();
  for (let at = FIXED + 4; at < packet.length && packet[at] !== OPTION.end;) {
    if (packet[at] === OPTION.pad) {
      at += 1;
      continue;
    }
    const length = packet[at + 1];
    if (length === undefined || at + 2 + length > packet.length) return undefined;
    options.set(packet[at] as number, packet.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  const server = options.get(OPTION.server);
  if (options.get(OPTION.messageType)?.[0] !== OFFER || server?.length !== 4) return undefined;
  const address = packet.subarray(16, 20);
  // BOOTP's own field of the file.
  const file = packet[108] !== 0 || options.has(OPTION.bootFile);
  return {
    server: server.join("."),
    ...(address.some((byte) => byte !== 0) && { address: address.join(".") }),
    boots: file || options.get(OPTION.vendorClass)?.toString("latin1").startsWith(PXE) === true,
  };
}

export interface DhcpProbe {
  /** The provisioning network, CIDR, to which this machine is connected. */
  readonly network: string;
  /** How long answers are awaited. Default: 5 s, for servers that look first whether an address is free. */
  readonly wait?: Milliseconds;
  /** That many random bytes. */
  readonly random: (bytes: number) => Buffer;
}

/**
 * Asks who gives addresses in a network and who says how to boot there, as a machine that nobody knows; takes no lease.
 * As root, since answers come to port 68.
 * @returns one offer a server
 */
export async function askForOffers({ network, wait = 5_000, random }: DhcpProbe): Promise<DhcpOffer[]> {
  const last = cidrRange(network)?.[1];
  if (last === undefined) throw new Error(`${network}: not an IPv4 network; write it such as 10.1.0.0/24`);
  const broadcast = numberToIpv4(last);
  const xid = random(4).readUInt32BE(0);
  // Locally administered, so no machine's own (IEEE 802, 8.2.2).
  const mac = ["02", ...[...random(5)].map((byte) => byte.toString(16).padStart(2, "0"))].join(":");
  const offers = new Map<string, DhcpOffer>();
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(68, () => resolve());
    });
    socket.setBroadcast(true);
    socket.on("message", (packet) => {
      const offer = decodeOffer(packet, xid);
      if (!offer) return;
      const before = offers.get(offer.server);
      offers.set(offer.server, { ...before, ...offer, boots: offer.boots || before?.boots === true });
    });
    const until = Date.now() + wait;
    while (Date.now() < until) {
      // Again each second: one packet may be lost.
      await new Promise<void>((resolve, reject) =>
        socket.send(encodeDiscover(xid, mac), 67, broadcast, (error) => (error ? reject(error) : resolve())),
      );
      await sleep(Math.max(1, Math.min(1_000, until - Date.now())));
    }
  } finally {
    socket.close();
  }
  return [...offers.values()].sort((a, b) => (a.server < b.server ? -1 : 1));
}

/** What is wrong with these offers where our own DHCP runs, or is to run, at address `own`. */
export function offerFaults(
  offers: readonly DhcpOffer[],
  { mode, own }: { readonly mode: DhcpOptions["mode"]; readonly own: string },
): readonly Fault[] {
  const faults = new FaultCollector();
  const others = offers.filter(({ server }) => server !== own);
  const giving = others.filter(({ address }) => address !== undefined);
  const servers = (list: readonly DhcpOffer[]): string => list.map(({ server }) => server).join(", ");
  if (mode === "server" && giving.length > 0) {
    faults.add(
      "dhcp.mode",
      mode,
      `two DHCP servers: ${servers(giving)} also gives addresses in this network, so machines get the one or the other`,
      `switch ${servers(giving)} off for this network, or run ours as its proxy (mode proxy)`,
    );
  }
  if (mode === "proxy" && giving.length !== 1) {
    faults.add(
      "dhcp.mode",
      mode,
      giving.length === 0
        ? "no DHCP server gives addresses in this network, and a proxy gives none"
        : `${giving.length} DHCP servers give addresses in this network: ${servers(giving)}`,
      giving.length === 0
        ? "start the network's DHCP server, or run ours as the server (mode server)"
        : "leave one of them on; find the others by these addresses (ip neighbour) and switch them off",
    );
  }
  const booting = others.filter((offer) => offer.boots && !(mode === "server" && giving.includes(offer)));
  if (booting.length > 0) {
    faults.add(
      "dhcp",
      servers(booting),
      "it also tells machines how to boot, so some would start its programs in place of ours",
      "take its boot options away (next-server, filename, options 66 and 67, PXE) for this network",
    );
  }
  return faults.faults;
}
