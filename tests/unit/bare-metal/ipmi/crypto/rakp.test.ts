import assert from "node:assert/strict";
import { additionalKey, hmac, sameCode } from "../../../../../bare-metal/ipmi/crypto/rakp";
import { SUITES } from "../../../../../bare-metal/ipmi/crypto/suites";

const JEFE = Buffer.from("Jefe");
const QUESTION = Buffer.from("what do ya want for nothing?");

describe("RAKP", () => {
  it("HMAC-SHA1 agrees with RFC 2202 test cases 1, 2 and 6", () => {
    const sha1 = (key: Buffer, data: Buffer) => hmac(SUITES[3], key, [data]).toString("hex");
    assert.equal(
      sha1(Buffer.alloc(20, 0x0b), Buffer.from("Hi There")),
      "b617318655057264e28bc0b6fb378c8ef146be00",
    );
    assert.equal(sha1(JEFE, QUESTION), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    assert.equal(
      sha1(Buffer.alloc(80, 0xaa), Buffer.from("Test Using Larger Than Block-Size Key - Hash Key First")),
      "aa4ae5e15272d00e95705637ce8a3b55ed402112",
    );
  });

  it("HMAC-SHA256 agrees with RFC 4231 test cases 1 and 2", () => {
    const sha256 = (key: Buffer, data: Buffer) => hmac(SUITES[17], key, [data]).toString("hex");
    assert.equal(
      sha256(Buffer.alloc(20, 0x0b), Buffer.from("Hi There")),
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    );
    assert.equal(sha256(JEFE, QUESTION), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  });

  it("HMAC over parts is HMAC over the whole", () => {
    assert.deepEqual(
      hmac(SUITES[17], JEFE, [QUESTION.subarray(0, 5), QUESTION.subarray(5)]),
      hmac(SUITES[17], JEFE, [QUESTION]),
    );
  });

  it("a password and the same padded with zeros to 20 bytes are one key (section 13.31)", () => {
    const padded = Buffer.alloc(20);
    JEFE.copy(padded);
    assert.deepEqual(hmac(SUITES[3], JEFE, [QUESTION]), hmac(SUITES[3], padded, [QUESTION]));
  });

  it("K1 and K2 differ, and have the digest's length", () => {
    for (const suite of [SUITES[3], SUITES[17]]) {
      const [k1, k2] = [additionalKey(suite, JEFE, 1), additionalKey(suite, JEFE, 2)];
      assert.equal(k1.length, suite.digestLength);
      assert.notDeepEqual(k1, k2);
    }
  });

  it("compares codes of any length", () => {
    assert.ok(sameCode(JEFE, Buffer.from("Jefe")));
    assert.ok(!sameCode(JEFE, Buffer.from("Jeff")));
    assert.ok(!sameCode(JEFE, Buffer.from("Jef")));
  });
});
