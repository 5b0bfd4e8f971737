import assert from "node:assert/strict";
import type { NetworkInterfaceInfo } from "node:os";
import * as fc from "fast-check";
import { cidrContains, cidrRange, cidrsOverlap, ipv4ToNumber, isThisMachine } from "../../../base/network";

const address = fc.ipV4();
const network = fc.tuple(address, fc.integer({ min: 0, max: 32 })).map(([a, bits]) => `${a}/${bits}`);

describe("isThisMachine", () => {
  const address = (of: string) => ({ eno1: [{ address: of } as NetworkInterfaceInfo] });

  it("is loopback, and the addresses of its interfaces", () => {
    for (const host of ["localhost", "127.80.0.1", "::1", "[::1]"])
      assert.equal(isThisMachine(host, {}), true, host);
    assert.equal(isThisMachine("10.1.0.1", address("10.1.0.1")), true);
    assert.equal(isThisMachine("[fd00::1]", address("fd00::1")), true);
  });

  it("is no other address, and no name that looks like one", () => {
    for (const host of ["10.1.0.1", "127.example.org", "127.0.0.1.example.org", "boot", ""])
      assert.equal(isThisMachine(host, address("10.1.0.2")), false, host);
  });
});

describe("ipv4ToNumber", () => {
  it("reads four decimal numbers of 8 bits, most significant first", () => {
    assert.equal(ipv4ToNumber("0.0.0.0"), 0);
    assert.equal(ipv4ToNumber("127.80.0.1"), 0x7f500001);
    assert.equal(ipv4ToNumber("255.255.255.255"), 2 ** 32 - 1);
  });

  it("refuses anything else", () => {
    for (const text of ["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.-4", "1.2.3.x", " 1.2.3.4", "::1"]) {
      assert.equal(ipv4ToNumber(text), undefined, JSON.stringify(text));
    }
  });
});

describe("cidrRange", () => {
  it("takes the network's first and last address, also when written with a host's", () => {
    assert.deepEqual(cidrRange("10.1.2.3/24"), [0x0a010200, 0x0a0102ff]);
    assert.deepEqual(cidrRange("10.1.2.3/32"), [0x0a010203, 0x0a010203]);
    assert.deepEqual(cidrRange("10.1.2.3/0"), [0, 2 ** 32 - 1]);
  });

  it("refuses what is no network", () => {
    for (const text of ["", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/-1", "/8"]) {
      assert.equal(cidrRange(text), undefined, JSON.stringify(text));
    }
  });
});

describe("cidrContains and cidrsOverlap (property)", () => {
  it("holds the address that it was written with", () => {
    fc.assert(
      fc.property(
        address,
        fc.integer({ min: 0, max: 32 }),
        (a, bits) => cidrContains(`${a}/${bits}`, a) === true,
      ),
    );
  });

  it("agrees with the bits of the prefix", () => {
    fc.assert(
      fc.property(address, fc.integer({ min: 1, max: 32 }), address, (a, bits, b) => {
        const prefix = (n: number) => n >>> (32 - bits);
        const same = prefix(ipv4ToNumber(a) as number) === prefix(ipv4ToNumber(b) as number);
        assert.equal(cidrContains(`${a}/${bits}`, b), same);
      }),
    );
  });

  it("overlaps exactly if one holds the first address of the other, whichever is named first", () => {
    const first = (cidr: string) => {
      const n = cidrRange(cidr)?.[0] as number;
      return [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255].join(".");
    };
    fc.assert(
      fc.property(network, network, (a, b) => {
        const expected = cidrContains(a, first(b)) === true || cidrContains(b, first(a)) === true;
        assert.equal(cidrsOverlap(a, b), expected);
        assert.equal(cidrsOverlap(b, a), expected);
      }),
    );
  });

  it("claims nothing of malformed text", () => {
    assert.equal(cidrContains("10.0.0.0/8", "10.0.0"), undefined);
    assert.equal(cidrContains("10.0.0.0", "10.0.0.1"), undefined);
    assert.equal(cidrsOverlap("10.0.0.0/8", "nonsense"), false);
  });
});
