"use strict";
// The least that a program of Node.js does to exchange so many datagrams with so many BMCs, whole process: no session,
// no cryptography, no IPMI but one question that everybody may ask. Hosts, and datagrams to each, as arguments.

const { createSocket } = require("node:dgram");

const hosts = process.argv[2].split(",");
const rounds = Number(process.argv[3]);
const PARALLEL = 64;
/** Get Channel Authentication Capabilities, as Metasploit's ipmi_version probe asks. */
const PROBE = Buffer.from("0600ff07000000000000000000092018c88100388e04b5", "hex");

const left = new Map();
let begun = 0;
let ended = 0;
const socket = createSocket({
  type: "udp4",
  recvBufferSize: 4 * 2 ** 20,
  lookup: (address, _options, callback) => callback(null, address, 4),
});

function begin() {
  if (begun === hosts.length) return;
  const host = hosts[begun];
  begun += 1;
  left.set(host, rounds);
  socket.send(PROBE, 623, host);
}

socket.on("message", (_datagram, { address }) => {
  const more = left.get(address) - 1;
  left.set(address, more);
  if (more > 0) return socket.send(PROBE, 623, address);
  ended += 1;
  if (ended === hosts.length) return socket.close();
  begin();
});
socket.bind(0, () => {
  for (let n = 0; n < PARALLEL; n += 1) begin();
});
