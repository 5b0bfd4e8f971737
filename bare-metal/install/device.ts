import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { run, runToEnd } from "../../base/run";

const MIB = 2 ** 20;

/** A disk that is written, alone: a device, or an image file in tests. */
export class Device {
  private constructor(
    readonly path: string,
    readonly size: number,
    private readonly handle: FileHandle,
  ) {}

  /** @throws {Error} if something else has it in use */
  static async open(path: string, size: number): Promise<Device> {
    // Not kept so: the programs that make file systems want it for themselves alone.
    await (await open(path, constants.O_RDWR | constants.O_EXCL)).close();
    return new Device(path, size, await open(path, constants.O_RDWR));
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  async write(offset: number, bytes: Buffer): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done, offset + done);
      done += bytesWritten;
    }
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.alloc(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await this.handle.read(buffer, done, length - done, offset + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return buffer.subarray(0, done);
  }

  /** @param progress Told how many bytes are written. @returns how many bytes came */
  async writeStream(
    offset: number,
    source: AsyncIterable<Buffer>,
    limit: number,
    progress: (bytes: number) => void,
  ): Promise<number> {
    let length = 0;
    for await (const chunk of source) {
      if (length + chunk.length > limit)
        throw new Error(`more than the ${limit} bytes that were promised came`);
      await this.write(offset + length, chunk);
      length += chunk.length;
      progress(length);
    }
    return length;
  }

  async zero(offset: number, length: number): Promise<void> {
    const end = Math.min(offset + length, this.size);
    const zeros = Buffer.alloc(MIB);
    for (let at = Math.max(0, offset); at < end; at += MIB)
      await this.write(at, zeros.subarray(0, Math.min(MIB, end - at)));
  }

  /** SHA-256 of what stands there. */
  async digest(offset: number, length: number): Promise<string> {
    const hash = createHash("sha256");
    for (let at = 0; at < length; at += MIB)
      hash.update(await this.read(offset + at, Math.min(MIB, length - at)));
    return hash.digest("hex");
  }

  /** Brings all to the disk, and has the kernel forget what it holds of a device, so that the next read is from the disk. */
  async settle(): Promise<void> {
    await this.handle.sync();
    if (this.path.startsWith("/dev/")) await run(["blockdev", "--flushbufs", this.path]);
  }

  /** Tells a solid-state disk that nothing of it is needed; others do not know it. */
  async discard(): Promise<void> {
    if (this.path.startsWith("/dev/")) await runToEnd(["blkdiscard", "--force", this.path]);
  }
}
