import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { isIP, SocketAddress } from "node:net";
import { RoundTrip } from "./round-trip";
import type { Transport } from "./transport";

/** Asked of the kernel, which may give less: answers of many BMCs wait here while others are worked on. */
const RECEIVE_BUFFER = 4 * 2 ** 20;

/** A few UDP sockets that serve any number of BMCs. */
export interface SharedUdp {
  /**
   * A transport to one BMC, one at a time. What comes from any other address or port does not reach it.
   * @param roundTrip what is known of the way to it. Default: nothing yet
   * @throws {Error} with `code` if the host's name does not resolve, or a transport to the same BMC is open
   */
  open(host: string, port: number, roundTrip?: RoundTrip): Promise<Transport>;
  close(): Promise<void>;
}

interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

/** The BMC at the other end of a transport. */
interface Peer {
  readonly socket: Socket;
  listener: ((datagram: Buffer) => void) | undefined;
  lastError: string | undefined;
}

/** @param sockets of each address family, between which BMCs are divided. Default 2 */
export function openSharedUdp(sockets = 2): SharedUdp {
  const peers = new Map<string, Peer>();
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
    async open(host, port, roundTrip = new RoundTrip()) {
      const { address, family } = await resolve(host);
      const key = keyOf(address, port);
      if (closed) throw failure("ECONNABORTED", "the shared sockets are closed");
      if (peers.has(key)) throw failure("EADDRINUSE", `a transport to ${key} is open`);
      const peer: Peer = { socket: socketFor(family), listener: undefined, lastError: undefined };
      peers.set(key, peer);
      const note = (error: NodeJS.ErrnoException | null) => {
        if (error) peer.lastError = error.code ?? error.message;
      };
      const open = () => peers.get(key) === peer;
      return {
        roundTrip,
        send(datagram) {
          if (open()) peer.socket.send(datagram, port, address, note);
        },
        listen(next) {
          peer.listener = next;
        },
        get lastError() {
          return peer.lastError;
        },
        close() {
          if (open()) peers.delete(key);
          return Promise.resolve();
        },
      };
    },
    async close() {
      closed = true;
      peers.clear();
      const all = [...bound[4].splice(0), ...bound[6].splice(0)];
      await Promise.all(all.map((socket) => new Promise<void>((done) => socket.close(done))));
    },
  };
}

async function resolve(host: string): Promise<Address> {
  const literal = isIP(host) === 0 ? await lookup(host) : { address: host, family: isIP(host) };
  const family = literal.family as 4 | 6;
  // Answers carry the shortest form of an IPv6 address.
  if (family === 4 || literal.address.includes("%")) return { address: literal.address, family };
  return { address: new SocketAddress({ address: literal.address, family: "ipv6" }).address, family };
}

function openSocket(family: 4 | 6, peers: ReadonlyMap<string, Peer>): Socket {
  const socket = createSocket({
    type: `udp${family}`,
    recvBufferSize: RECEIVE_BUFFER,
    // Names are resolved once, when a transport opens, and not at each datagram.
    lookup: (address, _options, callback) => callback(null, address, family),
  });
  // Without a listener an error of the socket would end the process; a datagram's error comes to its sender.
  socket.on("error", () => undefined);
  socket.on("message", (datagram, { address, port }) => {
    const peer = peers.get(keyOf(address, port));
    if (peer?.socket === socket) peer.listener?.(datagram);
  });
  return socket;
}

function keyOf(address: string, port: number): string {
  return `${address} ${port}`;
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
