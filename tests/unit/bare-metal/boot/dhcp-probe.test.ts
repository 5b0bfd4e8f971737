import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  decodeOffer,
  type DhcpOffer,
  encodeDiscover,
  offerFaults,
} from "../../../../bare-metal/boot/dhcp-probe";

const XID = 0x3903f326;
const OURS = "10.1.0.1";

/** A DHCPOFFER, by the layout of RFC 2131, 2, and the options of RFC 2132. */
function offer({ xid = XID, yiaddr = [0, 0, 0, 0], file = "", options = [] as number[][] } = {}): Buffer {
  const packet = Buffer.alloc(240);
  packet.set([2, 1, 6, 0], 0);
  packet.writeUInt32BE(xid, 4);
  packet.set(yiaddr, 16);
  packet.write(file, 108);
  packet.set([99, 130, 83, 99], 236);
  const all = [[53, 1, 2], [54, 4, 10, 1, 0, 9], ...options, [255]];
  return Buffer.concat([packet, Buffer.from(all.flat())]);
}

describe("DHCP probe", () => {
  it("asks as the network boot of a UEFI machine does", () => {
    const packet = encodeDiscover(XID, "02:00:00:00:00:09");
    assert.equal(packet.subarray(0, 12).toString("hex"), "010106003903f32600008000", "answers by broadcast");
    assert.equal(packet.subarray(28, 34).toString("hex"), "020000000009");
    assert.equal(packet.subarray(236, 243).toString("hex"), "63825363350101", "cookie, DHCPDISCOVER");
    assert.ok(packet.includes("PXEClient:Arch:00007"));
    assert.equal(packet.at(-1), 255);
  });

  it("reads an address, a proxy, a boot file in the field or the option", () => {
    assert.deepEqual(decodeOffer(offer({ yiaddr: [10, 1, 0, 77] }), XID), {
      server: "10.1.0.9",
      address: "10.1.0.77",
      boots: false,
    });
    const pxe = [60, 9, ...Buffer.from("PXEClient")];
    assert.deepEqual(decodeOffer(offer({ options: [pxe] }), XID), { server: "10.1.0.9", boots: true });
    assert.equal(decodeOffer(offer({ file: "pxelinux.0" }), XID)?.boots, true);
    assert.equal(decodeOffer(offer({ options: [[0], [67, 1, 97]] }), XID)?.boots, true);
  });

  it("takes no packet of another exchange, no acknowledgement, and nothing that is cut", () => {
    assert.equal(decodeOffer(offer({ xid: 1 }), XID), undefined);
    assert.equal(decodeOffer(offer({ options: [[53, 1, 5]] }), XID), undefined);
    const whole = offer({ options: [[67, 4, 1, 2, 3, 4]] });
    for (let length = 0; length < whole.length - 1; length++) decodeOffer(whole.subarray(0, length), XID);
    assert.equal(decodeOffer(whole.subarray(0, whole.length - 3), XID), undefined);
  });

  it("never fails on any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodeOffer(Buffer.concat([offer().subarray(0, 240), bytes]), XID);
      }),
    );
  });

  const gives = (server: string): DhcpOffer => ({ server, address: "10.1.0.77", boots: false });
  const proxy = (server: string): DhcpOffer => ({ server, boots: true });
  const problems = (offers: readonly DhcpOffer[], mode: "server" | "proxy") =>
    offerFaults(offers, { mode, own: OURS }).map(({ problem, fix }) => `${problem}; ${fix}`);

  it("names a second DHCP server, and what to do", () => {
    assert.deepEqual(problems([gives(OURS)], "server"), []);
    assert.deepEqual(problems([], "server"), [], "ours may not run yet");
    const [told, ...more] = problems([gives(OURS), gives("10.1.0.9")], "server");
    assert.match(
      told ?? "",
      /two DHCP servers: 10\.1\.0\.9 .*; switch 10\.1\.0\.9 off .* or run ours as its proxy/,
    );
    assert.deepEqual(more, []);
  });

  it("wants exactly one server beside a proxy, and nobody else who tells how to boot", () => {
    assert.deepEqual(problems([proxy(OURS), gives("10.1.0.9")], "proxy"), []);
    assert.match(problems([proxy(OURS)], "proxy").join(), /no DHCP server gives addresses.*; start/);
    assert.match(
      problems([gives("10.1.0.9"), gives("10.1.0.10")], "proxy").join(),
      /2 DHCP servers give addresses.*10\.1\.0\.9, 10\.1\.0\.10; leave one of them on/,
    );
    for (const mode of ["server", "proxy"] as const)
      assert.match(
        problems([gives(mode === "proxy" ? "10.1.0.9" : OURS), proxy("10.1.0.8")], mode).join(),
        /also tells machines how to boot.*; take its boot options away/,
        mode,
      );
  });
});
