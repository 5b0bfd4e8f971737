import { open, type FileHandle } from "node:fs/promises";
import { totalmem } from "node:os";

/** Bytes read and sent at once. */
export const CHUNK_BYTES = 256 * 1024;

/** Largest part of this machine's memory that is kept of one file, and the most of it, in bytes. */
const MEMORY_PART = 1 / 4;
const MOST_BYTES = 2 ** 30;

interface OpenFile {
  readonly handle: Promise<FileHandle>;
  /** By position in the file, the one used longest ago first. */
  readonly chunks: Map<number, Promise<Buffer>>;
  readers: number;
}

/**
 * Files that many read at the same time: a room that boots at once fetches the same image a hundred times. A chunk is
 * read once for all who are near it, and kept while somebody reads the file and there is room. A file with no reader is
 * closed and forgotten, so the next one finds it as it is then.
 */
export class SharedReads {
  private readonly files = new Map<string, OpenFile>();
  private readonly mostChunks: number;

  /** @param limit bytes kept of one file, at least one chunk. Default: a quarter of the memory, at most 1 GiB. */
  constructor(limit = Math.min(MOST_BYTES, totalmem() * MEMORY_PART)) {
    this.mostChunks = Math.max(1, Math.floor(limit / CHUNK_BYTES));
  }

  /**
   * The first `bytes` bytes of a file, in chunks that others may hold too: they must not be written to.
   * @throws {Error} if the file cannot be read, or ends before that
   */
  async *read(file: string, bytes: number): AsyncGenerator<Buffer> {
    const opened = this.take(file);
    try {
      for (let start = 0; start < bytes; start += CHUNK_BYTES)
        yield await this.chunk(opened, { file, start, length: Math.min(CHUNK_BYTES, bytes - start) });
    } finally {
      await this.release(file, opened);
    }
  }

  private take(file: string): OpenFile {
    const opened = this.files.get(file) ?? { handle: open(file), chunks: new Map(), readers: 0 };
    this.files.set(file, opened);
    opened.readers++;
    return opened;
  }

  private async release(file: string, opened: OpenFile): Promise<void> {
    if (--opened.readers > 0) return;
    this.files.delete(file);
    const handle = await opened.handle.catch(() => undefined);
    await handle?.close();
  }

  private chunk({ handle, chunks }: OpenFile, place: Place): Promise<Buffer> {
    const kept = chunks.get(place.start) ?? handle.then((h) => readWhole(h, place));
    chunks.delete(place.start);
    chunks.set(place.start, kept);
    const [oldest] = chunks.keys();
    if (chunks.size > this.mostChunks && oldest !== undefined) chunks.delete(oldest);
    return kept;
  }
}

interface Place {
  readonly file: string;
  readonly start: number;
  readonly length: number;
}

async function readWhole(handle: FileHandle, { file, start, length }: Place): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, start + done);
    if (bytesRead === 0) throw new Error(`${file} ends at ${start + done} bytes`);
    done += bytesRead;
  }
  return buffer;
}
