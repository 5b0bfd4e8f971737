import assert from "node:assert/strict";
import { drawRandom } from "../../../../../bare-metal/ipmi/crypto/random";

describe("drawRandom", () => {
  it("gives as many bytes as asked for, none of them twice, across several pools", () => {
    const drawn = Array.from({ length: 1_000 }, () => drawRandom(16));
    assert.ok(drawn.every(({ length }) => length === 16));
    assert.equal(new Set(drawn.map((bytes) => bytes.toString("hex"))).size, 1_000);
    assert.equal(drawRandom(4096).length, 4096);
  });

  it("gives bytes that nobody changes later", () => {
    const first = drawRandom(8);
    const before = first.toString("hex");
    for (let n = 0; n < 2_000; n += 1) drawRandom(8).fill(0);
    assert.equal(first.toString("hex"), before);
  });
});
