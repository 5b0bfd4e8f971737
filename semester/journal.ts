import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { privateFolder, readIfThere } from "../base/files";
import type { ClosePlan } from "./plan";

/** What is written down of a close, one JSON line each. */
export type Entry =
  /** Before the first act. */
  | { readonly entry: "plan"; readonly plan: ClosePlan }
  /** Before an act: it may have happened, in part or in whole. */
  | { readonly entry: "begin"; readonly step: string }
  /** After it. */
  | { readonly entry: "done"; readonly step: string; readonly result?: unknown }
  | { readonly entry: "failed"; readonly step: string; readonly error: string };

/**
 * The journal of a close: each line is on the disk before what follows it happens, so a close that was killed at any
 * point knows what is done, what may be, and what is not.
 */
export class Journal {
  private readonly known: Entry[];

  private constructor(
    private readonly fd: number,
    text: string,
    private readonly sync: (fd: number) => void,
  ) {
    this.known = text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Entry);
  }

  /**
   * Opens the journal, or begins one. A last line that a kill cut off is taken off: what it would say did not count yet.
   * @param sync Brings a file to the disk. Default: fsync(2).
   */
  static open(file: string, sync: (fd: number) => void = fsyncSync): Journal {
    privateFolder(dirname(file));
    const fd = openSync(file, "a+", 0o600);
    const text = readFileSync(file, "utf8");
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    if (whole.length < text.length) {
      ftruncateSync(fd, Buffer.byteLength(whole));
      sync(fd);
    }
    const folder = openSync(dirname(file), "r");
    sync(folder);
    closeSync(folder);
    return new Journal(fd, whole, sync);
  }

  get plan(): ClosePlan | undefined {
    return this.known.find((e) => e.entry === "plan")?.plan;
  }

  /** What a step that is done led to; undefined if it is not done. */
  done(step: string): { readonly result: unknown } | undefined {
    const found = this.known.find((e) => e.entry === "done" && e.step === step);
    return found?.entry === "done" ? { result: found.result } : undefined;
  }

  write(entry: Entry): void {
    const line = Buffer.from(`${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`);
    let written = 0;
    while (written < line.length) written += writeSync(this.fd, line, written);
    this.sync(this.fd);
    this.known.push(entry);
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** The plan in a journal, or undefined if there is none. Changes nothing. */
export function journaledPlan(file: string): ClosePlan | undefined {
  const line = readIfThere(file)?.split("\n")[0];
  if (line === undefined || line === "") return undefined;
  try {
    const entry = JSON.parse(line) as Entry;
    return entry.entry === "plan" ? entry.plan : undefined;
  } catch {
    // Cut off by a kill: nothing had been done yet.
    return undefined;
  }
}
