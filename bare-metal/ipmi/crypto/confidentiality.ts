import { type Cipher, createCipheriv, createDecipheriv, type Decipher } from "node:crypto";
import { DecodeError } from "../codec/reader";

const ALGORITHM = "aes-128-cbc";
const BLOCK = 16;

/**
 * AES-CBC-128 of IPMI (section 13.29): a random IV, then the payload, pad bytes 1, 2, 3, ..., and their count.
 * One cipher of each direction serves all packets of a session, as making one takes longer than using it: what a
 * packet is chained to is the IV all the same.
 */
export class PayloadCipher {
  readonly #key: Buffer;
  #encrypting: Cipher | undefined;
  #decrypting: Decipher | undefined;
  /** What the encrypting cipher chains its next block to. */
  #chained = Buffer.alloc(BLOCK);

  /** @param key 16 bytes; not copied */
  constructor(key: Buffer) {
    this.#key = key;
  }

  /** @param iv 16 bytes, random and new for each packet */
  encrypt(iv: Buffer, payload: Buffer): Buffer {
    this.#encrypting ??= createCipheriv(ALGORITHM, this.#key, this.#chained).setAutoPadding(false);
    const pad = (BLOCK - ((payload.length + 1) % BLOCK)) % BLOCK;
    const plain = Buffer.alloc(payload.length + pad + 1);
    payload.copy(plain);
    for (let n = 0; n < pad; n += 1) plain[payload.length + n] = n + 1;
    plain[plain.length - 1] = pad;
    // The cipher will add what it is chained to: with that taken out, and the IV in, the IV remains.
    for (let n = 0; n < BLOCK; n += 1) plain[n] = at(plain, n) ^ at(iv, n) ^ at(this.#chained, n);
    const encrypted = this.#encrypting.update(plain);
    this.#chained = encrypted.subarray(-BLOCK);
    return Buffer.concat([iv, encrypted]);
  }

  /**
   * Undoes it. Call it on payloads of verified integrity only.
   * @throws {DecodeError} if length or padding are not as specified
   */
  decrypt(bytes: Buffer): Buffer {
    if (bytes.length < 2 * BLOCK || bytes.length % BLOCK !== 0) {
      throw new DecodeError("encrypted payload", `length ${bytes.length} is not an IV and whole blocks`);
    }
    this.#decrypting ??= createDecipheriv(ALGORITHM, this.#key, Buffer.alloc(BLOCK)).setAutoPadding(false);
    // A block is chained to the one before it, and the first of the payload to the IV: what comes of that is no text.
    const plain = this.#decrypting.update(bytes).subarray(BLOCK);
    const pad = at(plain, plain.length - 1);
    const end = plain.length - 1 - pad;
    // A count of 16 (a whole block of padding) is sent by some BMCs.
    if (pad > BLOCK || end < 0 || !isPadding(plain, end)) {
      throw new DecodeError("encrypted payload", "wrong padding");
    }
    return plain.subarray(0, end);
  }

  /** Ends both ciphers, so that OpenSSL wipes its copies of the key. Of no use afterwards. */
  wipe(): void {
    this.#encrypting?.final();
    this.#decrypting?.final();
  }
}

/** Whether 1, 2, 3, ... stand from there to before the count. */
function isPadding(plain: Buffer, start: number): boolean {
  for (let n = start; n < plain.length - 1; n += 1) {
    if (plain[n] !== n - start + 1) return false;
  }
  return true;
}

function at(bytes: Buffer, n: number): number {
  return bytes[n] ?? 0;
}
