import assert from "node:assert/strict";
import fc from "fast-check";
import { ReplayWindow } from "../../../../../bare-metal/ipmi/session/window";

describe("anti-replay window", () => {
  it("takes each number once", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 200 }), (numbers) => {
        const window = new ReplayWindow();
        const taken = numbers.filter((n) => window.accept(n));
        assert.equal(new Set(taken).size, taken.length);
      }),
    );
  });

  it("takes numbers out of order, 16 behind and no more", () => {
    const window = new ReplayWindow();
    for (const n of [10, 20, 30]) assert.ok(window.accept(n));
    assert.ok(window.accept(14));
    assert.ok(!window.accept(13));
    assert.ok(window.accept(29));
    assert.ok(!window.accept(29));
  });

  it("takes numbers 15 ahead and no more", () => {
    const window = new ReplayWindow();
    assert.ok(!window.accept(16));
    assert.ok(window.accept(15));
    assert.ok(!window.accept(31));
    assert.ok(window.accept(30));
  });

  it("takes any run of numbers in order", () => {
    const window = new ReplayWindow();
    for (let n = 1; n < 1000; n += 1) assert.ok(window.accept(n), `number ${n}`);
    for (let n = 1; n < 1000; n += 1) assert.ok(!window.accept(n), `number ${n} again`);
  });

  it("never takes 0, a fraction, or more than 32 bits", () => {
    for (const n of [0, -1, 1.5, NaN, 2 ** 32]) assert.ok(!new ReplayWindow().accept(n));
  });

  it("starts over at 1 after the last number of 32 bits", () => {
    const last = 2 ** 32 - 1;
    const window = new ReplayWindow(last - 2);
    for (const n of [last - 1, 2, 1, last]) assert.ok(window.accept(n), `number ${n}`);
    for (const n of [last - 1, 2, 1, last]) assert.ok(!window.accept(n), `number ${n} again`);
    assert.ok(!window.accept(2 ** 31), "half a round away");
  });

  it("takes nothing from before its beginning", () => {
    const window = new ReplayWindow();
    for (let n = 1; n <= 16; n += 1) assert.ok(!window.accept(2 ** 32 - n));
  });
});
