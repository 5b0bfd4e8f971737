import { setTimeout as delay } from "node:timers/promises";
import { IpmiArgumentError, IpmiMalformedReplyError, IpmiReadBackError, isCompletion } from "../errors";
import { type FruAreaInfo, getFruAreaInfo } from "../messages/fru-area-info";
import { FRU_BUSY, readFruData, writeFruData } from "../messages/fru-data";
import type { CommandRunner } from "../messages/runner";

/** What a BMC says that cannot send or take so much at once. */
const TOO_LONG = [0xc7, 0xc8, 0xc9, 0xca, 0xcc, 0xff] as const;
/** Of an answer, before what was read. */
const COUNT_BYTES = 1;
/** Bytes asked for at first, where so many fit into an answer. */
const READ_BYTES = 64;
const WRITE_BYTES = 16;
const SMALLEST = 8;
/** Milliseconds, the least that the specification allows (section 34.2), and how often. */
const BUSY_DELAY = 30;
const BUSY_ATTEMPTS = 20;

/** A FRU's memory: bytes by offset, whatever pieces the BMC takes them in. */
export class FruMemory {
  private pieceBytes: number = READ_BYTES;

  private constructor(
    private readonly runner: CommandRunner,
    private readonly device: number,
    private readonly info: FruAreaInfo,
  ) {
    const { mostData = Infinity } = runner;
    while (this.pieceBytes + COUNT_BYTES > mostData && this.pieceBytes > SMALLEST) this.pieceBytes /= 2;
  }

  /** @throws {IpmiError} `IpmiCompletionError` with CBh for a device that is not there */
  static async open(runner: CommandRunner, device: number): Promise<FruMemory> {
    return new FruMemory(runner, device, await runner.run(getFruAreaInfo(device)));
  }

  /** Bytes. */
  get size(): number {
    return this.info.size;
  }

  /** Reads up to `end`, or to the memory's end if that comes first. */
  async read(start: number, end: number = this.size): Promise<Buffer> {
    const last = Math.min(end, this.size);
    const first = start - (start % this.unit);
    const pieces: Buffer[] = [];
    for (let at = first; at < last;) {
      const piece = await this.readPiece(at, last - at);
      pieces.push(piece);
      at += piece.length;
    }
    return Buffer.concat(pieces).subarray(start - first, last - first);
  }

  /**
   * Writes and reads back. A write that breaks off leaves what it wrote.
   * @throws {IpmiError} `IpmiReadBackError` if the memory holds something else then
   */
  async write(start: number, bytes: Buffer): Promise<void> {
    const { unit } = this;
    if (start % unit !== 0 || bytes.length % unit !== 0 || start < 0 || start + bytes.length > this.size) {
      throw new IpmiArgumentError(
        this.runner.label,
        "Write FRU Data",
        `${bytes.length} bytes at ${start} do not fit`,
        `that they lie in the FRU's ${this.size} bytes${unit === 2 ? ", at even offsets" : ""}`,
      );
    }
    for (let at = 0; at < bytes.length;) at += await this.writePiece(start + at, bytes.subarray(at));
    const held = await this.read(start, start + bytes.length);
    if (!held.equals(bytes)) {
      throw new IpmiReadBackError(
        this.runner.label,
        "Write FRU Data",
        `FRU ${this.device} holds something else than was written`,
        "whether the FRU is write-protected",
      );
    }
  }

  private get unit(): 1 | 2 {
    return this.info.byWords ? 2 : 1;
  }

  private async readPiece(at: number, left: number): Promise<Buffer> {
    const { unit, device } = this;
    for (;;) {
      const count = Math.ceil(Math.min(left, this.pieceBytes) / unit);
      try {
        return await this.patiently(() =>
          this.runner.run(readFruData(device, { offset: at / unit, count }, unit)),
        );
      } catch (error) {
        if (!isCompletion(error, ...TOO_LONG) || this.pieceBytes <= SMALLEST) throw error;
        this.pieceBytes /= 2;
      }
    }
  }

  private async writePiece(at: number, bytes: Buffer): Promise<number> {
    const { unit, device } = this;
    const piece = bytes.subarray(0, WRITE_BYTES);
    const written =
      (await this.patiently(() => this.runner.run(writeFruData(device, at / unit, piece)))) * unit;
    if (written < 1 || written > piece.length) {
      const problem = `${written} bytes written where ${piece.length} were sent`;
      throw new IpmiMalformedReplyError(this.runner.label, "Write FRU Data", problem);
    }
    return written;
  }

  /** Asks again while the FRU's bus is in use. */
  private async patiently<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (!isCompletion(error, FRU_BUSY) || attempt === BUSY_ATTEMPTS) throw error;
        await delay(BUSY_DELAY);
      }
    }
  }
}
