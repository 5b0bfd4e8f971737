import { createHmac, timingSafeEqual } from "node:crypto";
import type { CipherSuite } from "./suites";

/** What both sides of a RAKP exchange know (IPMI 2.0 section 13.31). */
export interface RakpFacts {
  readonly consoleSessionId: number;
  readonly bmcSessionId: number;
  /** 16 bytes. */
  readonly consoleRandom: Buffer;
  /** 16 bytes. */
  readonly bmcRandom: Buffer;
  /** 16 bytes. */
  readonly bmcGuid: Buffer;
  /** The whole role byte of RAKP message 1, lookup bit included. */
  readonly role: number;
  readonly user: Buffer;
}

/** Key exchange authentication code that the BMC sends in RAKP message 2. */
export function rakp2Code(suite: CipherSuite, password: Buffer, facts: RakpFacts): Buffer {
  return hmac(suite, password, [
    u32(facts.consoleSessionId),
    u32(facts.bmcSessionId),
    facts.consoleRandom,
    facts.bmcRandom,
    facts.bmcGuid,
    identity(facts),
  ]);
}

/** Key exchange authentication code that the console sends in RAKP message 3. */
export function rakp3Code(suite: CipherSuite, password: Buffer, facts: RakpFacts): Buffer {
  return hmac(suite, password, [facts.bmcRandom, u32(facts.consoleSessionId), identity(facts)]);
}

/**
 * Session integrity key (section 13.31).
 * @param key the BMC key Kg; the user's password stands for it where it is unset
 */
export function sessionIntegrityKey(suite: CipherSuite, key: Buffer, facts: RakpFacts): Buffer {
  return hmac(suite, key, [facts.consoleRandom, facts.bmcRandom, identity(facts)]);
}

/** Integrity check value that the BMC sends in RAKP message 4. */
export function rakp4Code(suite: CipherSuite, sik: Buffer, facts: RakpFacts): Buffer {
  const code = hmac(suite, sik, [facts.consoleRandom, u32(facts.bmcSessionId), facts.bmcGuid]);
  return code.subarray(0, suite.authCodeLength);
}

/** K1 (n = 1) for integrity, K2 (n = 2) for confidentiality (section 13.32). */
export function additionalKey(suite: CipherSuite, sik: Buffer, n: 1 | 2): Buffer {
  return hmac(suite, sik, [Buffer.alloc(20, n)]);
}

/** Whether two codes are the same, in a time that does not depend on where they differ. */
export function sameCode(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** HMAC (RFC 2104) of the suite's hash over the parts in order. */
export function hmac(suite: Pick<CipherSuite, "hash">, key: Buffer, parts: readonly Buffer[]): Buffer {
  const mac = createHmac(suite.hash, key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

function identity(facts: RakpFacts): Buffer {
  return Buffer.concat([Buffer.from([facts.role, facts.user.length]), facts.user]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
