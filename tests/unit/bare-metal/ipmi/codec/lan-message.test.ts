import assert from "node:assert/strict";
import { decodeLanReply, encodeLanRequest } from "../../../../../bare-metal/ipmi/codec/lan-message";
import { DecodeError } from "../../../../../bare-metal/ipmi/codec/reader";

describe("LAN message", () => {
  it("encodes Get Channel Authentication Capabilities as widely seen (Metasploit ipmi_version probe)", () => {
    const request = encodeLanRequest({ netFn: 0x06, code: 0x38, data: Buffer.from([0x8e, 0x04]) }, 0);
    assert.equal(request.toString("hex"), "2018c88100388e04b5");
  });

  it("puts a request for a controller into Send Message, tracked, as ipmitool does (lanplus.c), but for the bus's leader", () => {
    const getDeviceId = { netFn: 0x06, code: 0x01, data: Buffer.alloc(0) };
    const behind = { ...getDeviceId, path: { address: 0x2c, channel: 0 } };
    assert.equal(encodeLanRequest(behind, 6).toString("hex"), "2018c8811834402c18bc201801c7f3");
  });

  it("puts one for a controller behind another into two, each with its own checksums", () => {
    const path = { address: 0x76, channel: 7, transit: { address: 0x82, channel: 0 } };
    const request = { netFn: 0x06, code: 0x01, lun: 1, data: Buffer.from([5]), path };
    assert.equal(
      encodeLanRequest(request, 6).toString("hex"),
      "2018c8811834408218668118344776197120180105c2ecf3",
    );
  });

  it("reads the answer to it, with every field", () => {
    const reply = decodeLanReply(Buffer.from("811c632004380001801502000000000c", "hex"));
    assert.deepEqual([reply.netFn, reply.sequence, reply.code, reply.completion], [7, 1, 0x38, 0]);
    assert.equal(reply.from, 0x20);
    assert.equal(reply.data.toString("hex"), "0180150200000000");
  });

  it("reads the least there is: a completion code and no data", () => {
    const reply = decodeLanReply(Buffer.from("811c632000c1c05f", "hex"));
    assert.deepEqual([reply.code, reply.completion, reply.data.length], [0xc1, 0xc0, 0]);
  });

  it("refuses a message that is too short", () => {
    assert.throws(() => decodeLanReply(Buffer.from("811c632000c19f", "hex")), DecodeError);
  });

  it("refuses one wrong bit anywhere", () => {
    const good = Buffer.from("811c632000c1c05f", "hex");
    for (let bit = 0; bit < good.length * 8; bit += 1) {
      const bad = Buffer.from(good);
      bad[bit >> 3] = (bad[bit >> 3] as number) ^ (1 << (bit & 7));
      assert.throws(() => decodeLanReply(bad), DecodeError, `bit ${bit}`);
    }
  });
});
