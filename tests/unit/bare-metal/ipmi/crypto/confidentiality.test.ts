import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import fc from "fast-check";
import { DecodeError } from "../../../../../bare-metal/ipmi/codec/reader";
import { PayloadCipher } from "../../../../../bare-metal/ipmi/crypto/confidentiality";

const KEY = Buffer.from("2b7e151628aed2a6abf7158809cf4f3c", "hex");
const IV = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");

const encryptPayload = (payload: Buffer) => new PayloadCipher(KEY).encrypt(IV, payload);
const decryptPayload = (bytes: Buffer) => new PayloadCipher(KEY).decrypt(bytes);

function encryptPlain(plain: Buffer): Buffer {
  const cipher = createCipheriv("aes-128-cbc", KEY, IV).setAutoPadding(false);
  return Buffer.concat([IV, cipher.update(plain), cipher.final()]);
}

describe("AES-CBC-128", () => {
  it("agrees with NIST SP 800-38A F.2.1, block 1, ahead of the padding", () => {
    const plain = Buffer.from("6bc1bee22e409f96e93d7e117393172a", "hex");
    const encrypted = encryptPayload(plain);
    assert.equal(encrypted.subarray(16, 32).toString("hex"), "7649abac8119b246cee98e9b12e9197d");
    assert.equal(encrypted.length, 48);
  });

  it("reads back any payload", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (payload) => {
        const encrypted = encryptPayload(Buffer.from(payload));
        assert.deepEqual(decryptPayload(encrypted), Buffer.from(payload));
      }),
    );
  });

  it("is the same for every packet of a session, whatever came before", () => {
    const [ours, theirs] = [new PayloadCipher(KEY), new PayloadCipher(KEY)];
    const bytes = fc.uint8Array({ maxLength: 100 });
    fc.assert(
      fc.property(bytes, fc.uint8Array({ minLength: 16, maxLength: 16 }), bytes, (payload, iv, other) => {
        const encrypted = ours.encrypt(Buffer.from(iv), Buffer.from(payload));
        assert.deepEqual(encrypted, new PayloadCipher(KEY).encrypt(Buffer.from(iv), Buffer.from(payload)));
        // What cannot be read leaves no trace either.
        const damaged = Buffer.concat([Buffer.from(other), Buffer.alloc(16 - (other.length % 16) + 16)]);
        try {
          theirs.decrypt(damaged);
        } catch (error) {
          assert(error instanceof DecodeError);
        }
        assert.deepEqual(theirs.decrypt(encrypted), Buffer.from(payload));
      }),
    );
  });

  it("pads with 1, 2, 3 and their count (section 13.29)", () => {
    const plain = Buffer.from("aabbccddeeff00112233" + "0102030405" + "05", "hex");
    assert.deepEqual(encryptPayload(plain.subarray(0, 10)), encryptPlain(plain));
  });

  it("accepts a whole block of padding", () => {
    const plain = Buffer.from(
      "00112233445566778899aabbccddee" + "0102030405060708090a0b0c0d0e0f10" + "10",
      "hex",
    );
    assert.equal(decryptPayload(encryptPlain(plain)).length, 15);
  });

  it("refuses wrong pad bytes, a count beyond the data, and odd lengths", () => {
    const bad = ["aabbccddeeff00112233010203040605", "aabbccddeeff001122330102030405ff"];
    for (const hex of bad) {
      assert.throws(() => decryptPayload(encryptPlain(Buffer.from(hex, "hex"))), DecodeError);
    }
    for (const length of [0, 15, 16, 17, 31, 33]) {
      assert.throws(() => decryptPayload(Buffer.alloc(length)), DecodeError);
    }
  });
});
