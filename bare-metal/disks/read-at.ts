import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** A disk, or an image of one, that can be read at any place. */
export interface ReadAt {
  /** In bytes. */
  readonly size: number;
  /** That many bytes from there; fewer where the disk ends. */
  read(offset: number, length: number): Buffer;
}

/** A disk that is read through a file: an image, or a block device of which the size is given. */
export function openDisk(file: string, size?: number): ReadAt & { close(): void } {
  const fd = openSync(file, "r");
  const bytes = size ?? fstatSync(fd).size;
  return {
    size: bytes,
    read(offset, length) {
      const buffer = Buffer.alloc(Math.max(0, Math.min(length, bytes - offset)));
      let done = 0;
      while (done < buffer.length) {
        const count = readSync(fd, buffer, done, buffer.length - done, offset + done);
        if (count === 0) break;
        done += count;
      }
      return buffer.subarray(0, done);
    },
    close: () => closeSync(fd),
  };
}

/** A disk in memory. */
export function diskOf(content: Buffer): ReadAt {
  return { size: content.length, read: (offset, length) => content.subarray(offset, offset + length) };
}

/** Whether these bytes stand there. */
export function hasAt(disk: ReadAt, offset: number, bytes: Buffer | string): boolean {
  const wanted = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
  return (
    offset >= 0 && offset + wanted.length <= disk.size && disk.read(offset, wanted.length).equals(wanted)
  );
}
