import { randomBytes } from "node:crypto";

const POOL = 4096;

let pool = Buffer.alloc(0);
/** Where the bytes begin that were not given out yet. */
let at = 0;

/**
 * Random bytes of the system's generator, which is asked for many at once: a fleet needs a few at every datagram.
 * Each byte is given out once. Not for keys: what a pool holds, a dump of memory shows.
 * @param count at most 4096
 */
export function drawRandom(count: number): Buffer {
  if (pool.length - at < count) {
    pool = randomBytes(POOL);
    at = 0;
  }
  at += count;
  return pool.subarray(at - count, at);
}
