import type { Command } from "./command";

/** Any command by its numbers. The answer's data comes back as it is. */
export function rawCommand(netFn: number, code: number, data: Uint8Array): Command<Buffer> {
  const hex = (n: number) => `0x${n.toString(16).padStart(2, "0")}`;
  return {
    name: `raw ${hex(netFn)} ${hex(code)}`,
    netFn,
    code,
    data: Buffer.from(data),
    // Nothing is known of what it does.
    onlyOnce: true,
    decode: (reply) => Buffer.from(reply),
  };
}
