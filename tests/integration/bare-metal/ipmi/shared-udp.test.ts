import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { openSharedUdp, type SharedUdp } from "../../../../bare-metal/ipmi/transport/shared-udp";

describe("shared UDP sockets", () => {
  const echoes: Socket[] = [];
  let udp: SharedUdp;
  const port = (socket: Socket) => (socket.address() as AddressInfo).port;

  before(async () => {
    udp = openSharedUdp(2);
    for (const host of ["127.84.2.1", "127.84.2.2", "127.84.2.3", "::1"]) {
      const socket = createSocket(host === "::1" ? "udp6" : "udp4");
      socket.on("message", (datagram, from) =>
        socket.send(`${host}: ${datagram.toString()}`, from.port, from.address),
      );
      socket.bind(0, host);
      await once(socket, "listening");
      echoes.push(socket);
    }
  });
  after(async () => {
    await udp.close();
    for (const socket of echoes) socket.close();
  });

  it("brings each BMC its own datagrams, however its address is written", async () => {
    const hosts = ["127.84.2.1", "127.84.2.2", "127.84.2.3", "0:0::0:1"];
    const answers = await Promise.all(
      hosts.map(async (host, n) => {
        const transport = await udp.open(host, port(echoes[n] as Socket));
        const answer = new Promise<string>((resolve) => transport.listen((d) => resolve(d.toString())));
        transport.send(Buffer.from(String(n)));
        const text = await answer;
        await transport.close();
        return text;
      }),
    );
    assert.deepEqual(answers, ["127.84.2.1: 0", "127.84.2.2: 1", "127.84.2.3: 2", "::1: 3"]);
  });

  it("drops what comes from another port of the same address", async () => {
    const [bmc, stranger] = [echoes[0] as Socket, createSocket("udp4")];
    const transport = await udp.open("127.84.2.1", port(bmc));
    const seen: string[] = [];
    const two = new Promise<void>((resolve) =>
      transport.listen((datagram) => seen.push(datagram.toString()) === 2 && resolve()),
    );
    const from = once(bmc, "message") as Promise<[Buffer, AddressInfo]>;
    transport.send(Buffer.from("a"));
    const [, client] = await from;
    stranger.bind(0, "127.84.2.1");
    await once(stranger, "listening");
    await new Promise((done) => stranger.send("stray", client.port, client.address, done));
    transport.send(Buffer.from("b"));
    await two;
    assert.deepEqual(seen, ["127.84.2.1: a", "127.84.2.1: b"]);
    stranger.close();
    await transport.close();
  });

  it("refuses a second transport to the same BMC, a name that does not resolve, and use after close", async () => {
    const transport = await udp.open("127.84.2.1", 1);
    await assert.rejects(udp.open("127.84.2.1", 1), { code: "EADDRINUSE" });
    await transport.close();
    await (await udp.open("127.84.2.1", 1)).close();
    await assert.rejects(
      udp.open("no-such-bmc.invalid", 623),
      (e: NodeJS.ErrnoException) => e.code !== undefined,
    );
    const other = openSharedUdp();
    await other.close();
    await assert.rejects(other.open("127.84.2.1", 1), { code: "ECONNABORTED" });
  });
});
