import assert from "node:assert/strict";
import { decodeBcdPlus, decodeSixBitAscii } from "../../../../../bare-metal/ipmi/codec/packed-text";

describe("packed text", () => {
  it("reads 6-bit ASCII as the specification packs IPMI (figure 43-1)", () => {
    assert.equal(decodeSixBitAscii(Buffer.from("29dca6", "hex")), "IPMI");
    assert.equal(decodeSixBitAscii(Buffer.from("29dc", "hex")), "IP", "a cut character is none");
  });

  it("reads BCD plus (section 43.15)", () => {
    assert.equal(decodeBcdPlus(Buffer.from("10325476 98badcfe".replace(" ", ""), "hex")), "0123456789 -.:,_");
  });
});
