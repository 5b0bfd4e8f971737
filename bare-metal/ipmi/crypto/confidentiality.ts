import { createCipheriv, createDecipheriv } from "node:crypto";
import { DecodeError } from "../codec/reader";

const BLOCK = 16;

/**
 * AES-CBC-128 of IPMI (section 13.29): a random IV, then the payload, pad bytes 1, 2, 3, ..., and their count.
 * @param key 16 bytes
 * @param iv 16 bytes, random and new for each packet
 */
export function encryptPayload(key: Buffer, iv: Buffer, payload: Buffer): Buffer {
  const pad = (BLOCK - ((payload.length + 1) % BLOCK)) % BLOCK;
  const trailer = Buffer.from([...Array.from({ length: pad }, (_, n) => n + 1), pad]);
  const cipher = createCipheriv("aes-128-cbc", key, iv).setAutoPadding(false);
  return Buffer.concat([iv, cipher.update(payload), cipher.update(trailer), cipher.final()]);
}

/**
 * Undoes it. Call it on payloads of verified integrity only.
 * @throws {DecodeError} if length or padding are not as specified
 */
export function decryptPayload(key: Buffer, bytes: Buffer): Buffer {
  if (bytes.length < 2 * BLOCK || bytes.length % BLOCK !== 0) {
    throw new DecodeError("encrypted payload", `length ${bytes.length} is not an IV and whole blocks`);
  }
  const cipher = createDecipheriv("aes-128-cbc", key, bytes.subarray(0, BLOCK)).setAutoPadding(false);
  const plain = Buffer.concat([cipher.update(bytes.subarray(BLOCK)), cipher.final()]);
  const pad = plain[plain.length - 1] ?? BLOCK;
  const end = plain.length - 1 - pad;
  // A count of 16 (a whole block of padding) is sent by some BMCs.
  if (pad > BLOCK || end < 0 || !plain.subarray(end, -1).every((byte, n) => byte === n + 1)) {
    throw new DecodeError("encrypted payload", "wrong padding");
  }
  return plain.subarray(0, end);
}
