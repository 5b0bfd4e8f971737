import assert from "node:assert/strict";
import { Breaker } from "../../../../../bare-metal/ipmi/fleet/breaker";

describe("Breaker", () => {
  it("opens after so many failures in a row, closes after the cooldown, opens again at the next failure", () => {
    let now = 0;
    const breaker = new Breaker({ failures: 2, cooldown: 100 }, () => now);
    breaker.silent();
    breaker.answered();
    breaker.silent();
    assert.equal(breaker.rest, 0, "an answer in between counts");
    breaker.silent();
    assert.equal(breaker.rest, 100);
    now = 40;
    assert.equal(breaker.rest, 60);
    now = 100;
    assert.equal(breaker.rest, 0);
    breaker.silent();
    assert.equal(breaker.rest, 100, "one more failure is enough");
    now = 200;
    breaker.answered();
    breaker.silent();
    assert.equal(breaker.rest, 0, "it has answered");
  });
});
