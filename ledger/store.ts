import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  fstatSync,
  openSync,
  readFileSync,
  readdirSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { privateFolder } from "../base/files";
import { addLine, FORMAT, type Line, type Row, rowKey } from "./rows";

/** A new file is begun when one has this many bytes. */
const ROTATE_BYTES = 16 * 2 ** 20;
const NAME = /^ledger-(\d{6})\.jsonl$/;
const LINE_END = 0x0a;

/**
 * The ledger on disk: files of JSON lines that only ever grow, a new one when one is full. A line counts once it is
 * complete and on the disk; the piece that a kill leaves at the end of the last file is cut off when it is opened again.
 * One process writes; any may read.
 */
export class LedgerStore {
  private readonly known: Map<string, Row>;
  private fd: number;
  private sequence: number;
  private bytes: number;

  /**
   * @param dir Made with mode 0700.
   * @param rotateBytes Default: 16 MiB.
   */
  constructor(
    private readonly dir: string,
    private readonly rotateBytes = ROTATE_BYTES,
  ) {
    privateFolder(dir);
    this.sequence = Number(NAME.exec(filesIn(dir).at(-1) ?? "")?.[1] ?? 1);
    this.fd = this.open();
    this.bytes = cutTornLine(this.fd, this.file());
    this.known = readLedger(dir);
  }

  get rows(): ReadonlyMap<string, Row> {
    return this.known;
  }

  row(of: { readonly uid: string; readonly kind: string }): Row | undefined {
    return this.known.get(rowKey(of));
  }

  /** Writes what is new among the lines and returns once it is on the disk. */
  append(lines: readonly Line[]): void {
    const fresh = lines.filter((line) => addLine(this.known, line));
    if (fresh.length === 0) return;
    if (this.bytes >= this.rotateBytes) this.rotate();
    const text = Buffer.from(fresh.map((line) => `${JSON.stringify(line)}\n`).join(""));
    let written = 0;
    while (written < text.length) written += writeSync(this.fd, text, written);
    fsyncSync(this.fd);
    this.bytes += text.length;
  }

  close(): void {
    closeSync(this.fd);
  }

  private rotate(): void {
    closeSync(this.fd);
    this.sequence += 1;
    this.fd = this.open();
    this.bytes = 0;
  }

  private open(): number {
    const fd = openSync(this.file(), "a+", 0o600);
    // The name of a new file has to be on the disk too.
    const folder = openSync(this.dir, "r");
    fsyncSync(folder);
    closeSync(folder);
    return fd;
  }

  private file(): string {
    return join(this.dir, `ledger-${String(this.sequence).padStart(6, "0")}.jsonl`);
  }
}

/**
 * All rows of a ledger, by their keys. The last line may be in the making and is left out then.
 * @throws {Error} naming file and line, if one is damaged
 */
export function readLedger(dir: string): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const name of filesIn(dir)) {
    const file = join(dir, name);
    const text = readFileSync(file, "utf8");
    // What comes after the last line end is not complete.
    const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
    lines.forEach((line, i) => {
      if (line !== "") addLine(rows, parseLine(line, `${file}:${i + 1}`));
    });
  }
  return rows;
}

function parseLine(text: string, where: string): Line {
  try {
    const line = JSON.parse(text) as Line;
    if (line.v !== FORMAT || (line.line !== "bound" && line.line !== "released")) throw new Error("unknown");
    return line;
  } catch {
    throw new Error(`${where}: not a line of a ledger; restore the file from a backup`);
  }
}

function filesIn(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter((name) => NAME.test(name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Cuts off what follows the last line end. @returns the bytes that stay */
function cutTornLine(fd: number, file: string): number {
  const { size } = fstatSync(fd);
  const whole = readFileSync(file).subarray(0, size).lastIndexOf(LINE_END) + 1;
  if (whole < size) {
    ftruncateSync(fd, whole);
    fsyncSync(fd);
  }
  return whole;
}
