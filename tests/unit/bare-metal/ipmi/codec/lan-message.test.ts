import assert from "node:assert/strict";
import { decodeLanReply, encodeLanRequest } from "../../../../../bare-metal/ipmi/codec/lan-message";
import { DecodeError } from "../../../../../bare-metal/ipmi/codec/reader";

describe("LAN message", () => {
  it("encodes Get Channel Authentication Capabilities as widely seen (Metasploit ipmi_version probe)", () => {
    const request = encodeLanRequest(0x06, 0x38, 0, Buffer.from([0x8e, 0x04]));
    assert.equal(request.toString("hex"), "2018c88100388e04b5");
  });

  it("reads the answer to it, with every field", () => {
    const reply = decodeLanReply(Buffer.from("811c632004380001801502000000000c", "hex"));
    assert.deepEqual([reply.netFn, reply.sequence, reply.code, reply.completion], [7, 1, 0x38, 0]);
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
