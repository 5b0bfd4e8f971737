import { collectingFaults } from "./faults";
import { COMMON_HEADER_BYTES, decodeCommonHeader, decodeFru, type FruInventory } from "./inventory";
import type { FruMemory } from "./memory";
import { readRecordHeader, RECORD_HEADER_BYTES } from "./multirecord";

/** Up to here a memory is read whole: as few questions as its areas would take. */
const SMALL = 512;

/**
 * Reads and decodes a FRU. Of a large memory, only what the common header points at is read.
 * @throws {DecodeError} if there is no common header
 */
export async function readInventory(memory: FruMemory): Promise<FruInventory> {
  if (memory.size <= SMALL) return decodeFru(await memory.read(0));
  return decodeFru(await memory.read(0, await usedBytes(memory)));
}

/** Where the last area or record ends, as far as what was written there says so. */
async function usedBytes(memory: FruMemory): Promise<number> {
  const header = decodeCommonHeader(await memory.read(0, COMMON_HEADER_BYTES));
  let end = COMMON_HEADER_BYTES;
  for (const offset of [header.chassis, header.board, header.product]) {
    if (offset === undefined) continue;
    const [, length = 0] = await memory.read(offset, offset + 2);
    end = Math.max(end, offset + length * 8);
  }
  return header.records === undefined ? end : Math.max(end, await recordsEnd(memory, header.records));
}

async function recordsEnd(memory: FruMemory, start: number): Promise<number> {
  for (let at = start; at + RECORD_HEADER_BYTES <= memory.size;) {
    const bytes = await memory.read(at, at + RECORD_HEADER_BYTES);
    // What is wrong here is told when all is decoded.
    const header = collectingFaults([], "", () => readRecordHeader(bytes));
    at += RECORD_HEADER_BYTES + (header?.length ?? 0);
    if (!header || header.last) return at;
  }
  return memory.size;
}
