import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readlinkSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { CHUNK_BYTES, SharedReads } from "../../../../bare-metal/boot/shared-reads";

describe("files that many read", () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "lectern-shared-reads-"));
    file = join(dir, "image");
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const isOpen = (): boolean =>
    readdirSync("/proc/self/fd").some((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === file;
      } catch {
        return false;
      }
    });

  const all = async (reads: SharedReads, bytes: number): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    for await (const chunk of reads.read(file, bytes)) chunks.push(chunk);
    return Buffer.concat(chunks);
  };

  it("gives each reader all of it, whatever the order they come in and however little is kept", async () => {
    const turns = fc.array(fc.nat(4), { minLength: 30, maxLength: 60 });
    const sizes = fc.integer({ min: 1, max: 4 * CHUNK_BYTES });
    await fc.assert(
      fc.asyncProperty(turns, sizes, fc.integer({ min: 1, max: 5 }), async (order, size, kept) => {
        const content = randomBytes(size);
        writeFileSync(file, content);
        const reads = new SharedReads(kept * CHUNK_BYTES);
        const readers = Array.from({ length: 5 }, () => ({
          chunks: reads.read(file, size),
          got: [] as Buffer[],
        }));
        const rest = readers.flatMap((_, reader) => Array<number>(6).fill(reader));
        for (const turn of [...order, ...rest]) {
          const reader = readers[turn]!;
          const next = await reader.chunks.next();
          if (!next.done) reader.got.push(next.value);
        }
        for (const { got } of readers) assert.ok(Buffer.concat(got).equals(content));
        assert.equal(isOpen(), false);
      }),
      { numRuns: 30 },
    );
  });

  it("reads a chunk once for all that want it", async () => {
    writeFileSync(file, randomBytes(2 * CHUNK_BYTES));
    const reads = new SharedReads();
    const [one, other] = [reads.read(file, 2 * CHUNK_BYTES), reads.read(file, 2 * CHUNK_BYTES)];
    const first = await Promise.all([one.next(), other.next()]);
    assert.equal(first[0].value, first[1].value);
    const second = await one.next();
    await one.next();
    const late = await other.next();
    assert.equal(late.value, second.value);
    await other.return(undefined);
    assert.equal(isOpen(), false);
  });

  it("closes the file when the last reader leaves early, and reads it anew for the next", async () => {
    writeFileSync(file, Buffer.alloc(2 * CHUNK_BYTES, 1));
    const reads = new SharedReads();
    const reader = reads.read(file, 2 * CHUNK_BYTES);
    await reader.next();
    assert.equal(isOpen(), true);
    await reader.return(undefined);
    assert.equal(isOpen(), false);
    writeFileSync(file, Buffer.alloc(2 * CHUNK_BYTES, 2));
    assert.deepEqual(await all(reads, 2 * CHUNK_BYTES), Buffer.alloc(2 * CHUNK_BYTES, 2));
  });

  it("fails where the file is gone or shorter than it was, and then reads what is put in its place", async () => {
    const reads = new SharedReads();
    await assert.rejects(all(reads, 10), /ENOENT.*image/);
    writeFileSync(file, randomBytes(CHUNK_BYTES + 10));
    truncateSync(file, CHUNK_BYTES + 5);
    await assert.rejects(all(reads, CHUNK_BYTES + 10), /image ends at 262149 bytes/);
    assert.equal(isOpen(), false);
    writeFileSync(file, "0123456789");
    assert.equal((await all(reads, 10)).toString(), "0123456789");
  });
});
