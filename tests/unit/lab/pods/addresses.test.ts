import assert from "node:assert/strict";
import fc from "fast-check";
import { cidrContains } from "../../../../base/network";
import { freeAddress } from "../../../../lab/pods/addresses";

describe("addresses of pods", () => {
  it("are the lowest that nobody has, without network and broadcast address", () => {
    assert.equal(freeAddress("10.71.255.0/24", new Set()), "10.71.255.1");
    assert.equal(freeAddress("10.71.255.0/24", new Set(["10.71.255.1", "10.71.255.3"])), "10.71.255.2");
  });

  it("are never given twice, and end with the network", () => {
    fc.assert(
      fc.property(fc.integer({ min: 26, max: 30 }), (bits) => {
        const [cidr, taken] = [`10.71.255.64/${bits}`, new Set<string>()];
        for (let n = 0; n < 2 ** (32 - bits) - 2; n++) {
          const address = freeAddress(cidr, taken);
          assert.ok(cidrContains(cidr, address) && !taken.has(address));
          taken.add(address);
        }
        assert.throws(() => freeAddress(cidr, taken), /no address is free/);
      }),
    );
  });
});
