import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Milliseconds } from "../../base/units";

/**
 * Runs the work while it alone holds the lock on this file. The kernel's lock (flock(2)) is held by a helper that ends
 * with its stdin, so that it is freed even when this process dies: there is no stale lock.
 * @param timeout How long to wait for the lock. Default: one minute.
 * @throws {Error} when another holds it for that long
 */
export async function withLock<T>(
  file: string,
  work: () => Promise<T>,
  timeout: Milliseconds = 60_000,
): Promise<T> {
  const seconds = String(Math.ceil(timeout / 1000));
  const holder = spawn("flock", ["--exclusive", "--wait", seconds, file, "sh", "-c", "echo held; exec cat"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const ended = once(holder, "close");
  try {
    const held = await Promise.race([once(holder.stdout, "data").then(() => true), ended.then(() => false)]);
    if (!held) throw new Error(`${file}: another run held the lock for ${seconds} s`);
    return await work();
  } finally {
    holder.stdin.end();
    await ended.catch(() => undefined);
  }
}
