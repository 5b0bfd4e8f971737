import assert from "node:assert/strict";
import { decodePong, encodePing } from "../../../../../bare-metal/ipmi/codec/asf";
import { DecodeError } from "../../../../../bare-metal/ipmi/codec/reader";

// The example of the ASF 2.0 specification, section 3.2.4, with the entities byte of an IPMI BMC.
const PONG = "0600ff06000011be4017001000000000000000008100000000000000".slice(0, 56);

describe("ASF presence", () => {
  it("encodes a ping", () => {
    assert.equal(encodePing(0x17).toString("hex"), "0600ff06000011be80170000");
  });

  it("reads a pong, with and without IPMI", () => {
    assert.deepEqual(decodePong(Buffer.from(PONG, "hex")), { tag: 0x17, ipmi: true });
    const without = Buffer.from(PONG, "hex");
    without[20] = 0x01;
    assert.deepEqual(decodePong(without), { tag: 0x17, ipmi: false });
  });

  it("refuses every shorter one", () => {
    const pong = Buffer.from(PONG, "hex");
    for (let length = 0; length < pong.length; length += 1) {
      assert.throws(() => decodePong(pong.subarray(0, length)), DecodeError, `${length} bytes`);
    }
  });

  it("refuses a ping and another enterprise", () => {
    assert.throws(() => decodePong(encodePing(1)), DecodeError);
    assert.throws(() => decodePong(Buffer.from(PONG.replace("000011be", "000011bf"), "hex")), DecodeError);
  });
});
