import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns";
import { isIP, SocketAddress } from "node:net";
import { promisify } from "node:util";
import { RoundTrip } from "./round-trip";
import type { Transport } from "./transport";

const lookupName = promisify(lookup);
/** Asked of the kernel, which may give less: answers of many BMCs wait here while others are worked on. */
const RECEIVE_BUFFER = 4 * 2 ** 20;

/** A few UDP sockets that serve any number of BMCs. */
export interface SharedUdp {
  /**
   * A transport to one BMC, one at a time. What comes from any other address or port does not reach it.
   * @param roundTrip what is known of the way to it. Default: nothing yet
   * @param onQuiet called when a datagram is sent though nothing has come since the one before
   * @throws {Error} with `code` if the host's name does not resolve, or a transport to the same BMC is open
   */
  open(host: string, port: number, roundTrip?: RoundTrip, onQuiet?: () => void): Promise<Transport>;
  close(): Promise<void>;
}

interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

/** The way to one BMC over a socket that others use too. */
class Peer implements Transport {
  lastError: string | undefined;
  private listener: ((datagram: Buffer) => void) | undefined;
  /** Datagrams sent since one came. */
  private unanswered = 0;
  private isOpen = true;

  constructor(
    readonly socket: Socket,
    private readonly peers: Peers,
    readonly address: string,
    readonly port: number,
    readonly roundTrip: RoundTrip,
    private readonly onQuiet: (() => void) | undefined,
  ) {
    peers.add(this);
  }

  send(datagram: Buffer): void {
    if (!this.isOpen) return;
    this.unanswered += 1;
    if (this.unanswered === 1) {
      // Whether that fails is not asked: if it does, the next one tells.
      this.socket.send(datagram, this.port, this.address);
      return;
    }
    this.onQuiet?.();
    this.socket.send(datagram, this.port, this.address, (error) => {
      if (error) this.lastError = (error as NodeJS.ErrnoException).code ?? error.message;
    });
  }

  listen(listener: ((datagram: Buffer) => void) | undefined): void {
    this.listener = listener;
  }

  receive(datagram: Buffer): void {
    this.unanswered = 0;
    this.listener?.(datagram);
  }

  close(): Promise<void> {
    if (this.isOpen) this.peers.remove(this);
    this.isOpen = false;
    return Promise.resolve();
  }
}

/** Peers by address and port. One string of both would have to be made for each datagram. */
class Peers {
  private readonly byAddress = new Map<string, Map<number, Peer>>();

  find(address: string, port: number): Peer | undefined {
    return this.byAddress.get(address)?.get(port);
  }

  add(peer: Peer): void {
    const there = this.byAddress.get(peer.address);
    if (there) there.set(peer.port, peer);
    else this.byAddress.set(peer.address, new Map([[peer.port, peer]]));
  }

  remove({ address, port }: Peer): void {
    const there = this.byAddress.get(address);
    there?.delete(port);
    if (there?.size === 0) this.byAddress.delete(address);
  }

  all(): Peer[] {
    return [...this.byAddress.values()].flatMap((peers) => [...peers.values()]);
  }
}

/** @param sockets of each address family, between which BMCs are divided. Default 2 */
export function openSharedUdp(sockets = 2): SharedUdp {
  const peers = new Peers();
  const bound: Record<4 | 6, Socket[]> = { 4: [], 6: [] };
  let opened = 0;
  let closed = false;

  const socketFor = (family: 4 | 6): Socket => {
    const group = bound[family];
    if (group.length < sockets) group.push(openSocket(family, peers));
    opened += 1;
    return group[opened % group.length] as Socket;
  };
  return {
    async open(host, port, roundTrip = new RoundTrip(), onQuiet) {
      const { address, family } = literalAddress(host) ?? (await lookUp(host));
      if (closed) throw failure("ECONNABORTED", "the shared sockets are closed");
      if (peers.find(address, port)) throw failure("EADDRINUSE", `a transport to ${address} ${port} is open`);
      return new Peer(socketFor(family), peers, address, port, roundTrip, onQuiet);
    },
    async close() {
      closed = true;
      await Promise.all(peers.all().map((peer) => peer.close()));
      const all = [...bound[4].splice(0), ...bound[6].splice(0)];
      await Promise.all(all.map((socket) => new Promise<void>((done) => socket.close(done))));
    },
  };
}

/** The address, if the host is one. */
function literalAddress(host: string): Address | undefined {
  const version = isIP(host);
  return version === 0 ? undefined : addressOf(host, version);
}

async function lookUp(host: string): Promise<Address> {
  const { address, family } = await lookupName(host);
  return addressOf(address, family);
}

function addressOf(address: string, family: number): Address {
  // Answers carry the shortest form of an IPv6 address.
  if (family === 4 || address.includes("%")) return { address, family: family as 4 | 6 };
  return { address: new SocketAddress({ address, family: "ipv6" }).address, family: 6 };
}

function openSocket(family: 4 | 6, peers: Peers): Socket {
  const socket = createSocket({
    type: `udp${family}`,
    recvBufferSize: RECEIVE_BUFFER,
    // Names are resolved once, when a transport opens, and not at each datagram.
    lookup: (address, _options, callback) => callback(null, address, family),
  });
  // Without a listener an error of the socket would end the process; a datagram's error comes to its sender.
  socket.on("error", () => undefined);
  socket.on("message", (datagram, { address, port }) => {
    const peer = peers.find(address, port);
    if (peer?.socket === socket) peer.receive(datagram);
  });
  return socket;
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
