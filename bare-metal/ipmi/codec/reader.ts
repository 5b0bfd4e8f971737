/**
 * The bytes are not what the specification asks for. The only error that a decoder throws.
 * It names the message and what is wrong, never the bytes: they may hold what was encrypted.
 */
export class DecodeError extends Error {
  constructor(
    readonly subject: string,
    readonly problem: string,
  ) {
    super(`${subject}: ${problem}`);
    this.name = "DecodeError";
  }
}

/** Reads fields in order and refuses to read past the end. Multi-byte numbers are least significant byte first. */
export class Reader {
  private at = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly what: string,
  ) {}

  get left(): number {
    return this.bytes.length - this.at;
  }

  u8(): number {
    return this.bytes.readUInt8(this.take(1));
  }

  u16(): number {
    return this.bytes.readUInt16LE(this.take(2));
  }

  u24(): number {
    return this.bytes.readUIntLE(this.take(3), 3);
  }

  u32(): number {
    return this.bytes.readUInt32LE(this.take(4));
  }

  /** A copy of the next bytes, so that a reused datagram buffer changes nothing. */
  copy(count: number): Buffer {
    const start = this.take(count);
    return Buffer.from(this.bytes.subarray(start, start + count));
  }

  /** The next bytes where they lie, for who is done with them before the datagram's buffer is used again. */
  view(count: number): Buffer {
    const start = this.take(count);
    return this.bytes.subarray(start, start + count);
  }

  rest(): Buffer {
    return this.copy(this.left);
  }

  skip(count: number): void {
    this.take(count);
  }

  /** @throws {DecodeError} unless the condition holds */
  expect(condition: boolean, problem: string): void {
    if (!condition) throw new DecodeError(this.what, problem);
  }

  /** @throws {DecodeError} if bytes are left */
  end(): void {
    this.expect(this.left === 0, `${this.left} bytes too many`);
  }

  private take(count: number): number {
    if (count > this.left) {
      throw new DecodeError(
        this.what,
        `too short: ${this.bytes.length} bytes, ${this.at + count} needed at least`,
      );
    }
    const start = this.at;
    this.at += count;
    return start;
  }
}

export function readerOf(bytes: Uint8Array, what: string): Reader {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new Reader(buffer, what);
}
