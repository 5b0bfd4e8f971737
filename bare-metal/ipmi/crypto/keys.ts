import { inspect } from "node:util";
import { PayloadCipher } from "./confidentiality";
import { additionalKey, hmac, sameCode } from "./rakp";
import type { CipherSuite } from "./suites";

/** The keys of one session. They never leave it, and `wipe` overwrites them. */
export class SessionKeys {
  readonly #integrity: Buffer;
  readonly #confidentiality: Buffer;
  readonly #cipher: PayloadCipher;

  /** @param sik wiped here, K1 and K2 are all that is needed of it */
  constructor(
    readonly suite: CipherSuite,
    sik: Buffer,
  ) {
    this.#integrity = additionalKey(suite, sik, 1);
    const k2 = additionalKey(suite, sik, 2);
    this.#confidentiality = Buffer.alloc(16);
    k2.copy(this.#confidentiality, 0, 0, 16);
    this.#cipher = new PayloadCipher(this.#confidentiality);
    k2.fill(0);
    sik.fill(0);
  }

  /** Integrity check value of the covered bytes of a packet. */
  authenticate(covered: Buffer): Buffer {
    return hmac(this.suite, this.#integrity, [covered]).subarray(0, this.suite.authCodeLength);
  }

  /** Constant in time. */
  verifies(covered: Buffer, authCode: Buffer): boolean {
    return sameCode(this.authenticate(covered), authCode);
  }

  encrypt(iv: Buffer, payload: Buffer): Buffer {
    return this.#cipher.encrypt(iv, payload);
  }

  /** @throws {DecodeError} */
  decrypt(payload: Buffer): Buffer {
    return this.#cipher.decrypt(payload);
  }

  wipe(): void {
    this.#cipher.wipe();
    this.#integrity.fill(0);
    this.#confidentiality.fill(0);
  }

  [inspect.custom](): string {
    return `SessionKeys { suite ${this.suite.id}, keys hidden }`;
  }
}
