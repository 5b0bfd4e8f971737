import { createSocket } from "node:dgram";
import { createServer } from "node:net";

/** Ports of a room that are asked for first: boot service, registry, Ceph, API server; BMCs over UDP. */
const TCP = [
  ["0.1", 8080],
  ["0.2", 5000],
  ["0.3", 6789],
  ["2.1", 6443],
] as const;
const UDP = [
  ["1.1", 623],
  ["1.11", 623],
] as const;

/** Whether no process of this machine listens where a room with this prefix (such as `127.72`) would. */
export async function prefixIsFree(net: string): Promise<boolean> {
  const free = await Promise.all([
    ...TCP.map(([host, port]) => tcpIsFree(`${net}.${host}`, port)),
    ...UDP.map(([host, port]) => udpIsFree(`${net}.${host}`, port)),
  ]);
  return free.every(Boolean);
}

function tcpIsFree(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, address, () => server.close(() => resolve(true)));
  });
}

function udpIsFree(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", () => {
      socket.close();
      resolve(false);
    });
    socket.bind(port, address, () => socket.close(() => resolve(true)));
  });
}
