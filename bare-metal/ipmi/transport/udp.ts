import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { Transport } from "./transport";

/**
 * A UDP socket connected to the BMC, so that the kernel drops what others send.
 * @throws {Error} with `code` of the system call if the host's name does not resolve
 */
export async function openUdp(host: string, port: number): Promise<Transport> {
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
  let listener: ((datagram: Buffer) => void) | undefined;
  let lastError: string | undefined;
  let closed = false;
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve();
    });
    // Without a callback a name that does not resolve comes as an error event.
    socket.connect(port, host);
  }).catch((error: unknown) => {
    socket.close();
    throw error;
  });
  // What waits for an answer keeps the process alive by its timer; a session that nobody uses does not.
  socket.unref();
  const note = (error: NodeJS.ErrnoException | null) => {
    if (error) lastError = error.code ?? error.message;
  };
  socket.on("error", note);
  socket.on("message", (datagram) => listener?.(datagram));
  return {
    send(datagram) {
      if (!closed) socket.send(datagram, note);
    },
    listen(next) {
      listener = next;
    },
    get lastError() {
      return lastError;
    },
    close() {
      if (closed) return Promise.resolve();
      closed = true;
      listener = undefined;
      return new Promise((resolve) => socket.close(() => resolve()));
    },
  };
}
