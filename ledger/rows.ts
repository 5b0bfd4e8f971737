import type { GpuHolding } from "./pods";

/** Version of the lines in the store. */
export const FORMAT = 1;

/** A pod was bound with GPUs of one kind. */
export interface BoundLine extends GpuHolding {
  readonly v: typeof FORMAT;
  readonly line: "bound";
  /** The pod's. With `kind` it names the row. */
  readonly uid: string;
  readonly pod: string;
  readonly namespace: string;
  readonly course: string;
  /** Whose work it is; empty: the course's own. */
  readonly student: string;
  /** Instance size; empty: none that the course offers. */
  readonly size: string;
  readonly node: string;
  /** RFC 3339, to the second. */
  readonly from: string;
}

/** The pod gave them back. */
export interface ReleasedLine {
  readonly v: typeof FORMAT;
  readonly line: "released";
  readonly uid: string;
  readonly kind: string;
  readonly to: string;
  /** The pod vanished unseen, without the finalizer: `to` is when it was last seen. */
  readonly estimated?: true;
}

export type Line = BoundLine | ReleasedLine;

/** Who held which GPUs, from when to when. */
export interface Row extends Omit<BoundLine, "v" | "line"> {
  /** Absent while they are held. */
  readonly to?: string;
  readonly estimated?: true;
}

/** What names a row. */
export const rowKey = ({ uid, kind }: { readonly uid: string; readonly kind: string }): string =>
  `${uid} ${kind}`;

/** Rows from their lines; a line that says again what is known changes nothing. */
export function rowsOf(lines: Iterable<Line>): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const line of lines) addLine(rows, line);
  return rows;
}

/** Adds one line. @returns whether it says anything new */
export function addLine(rows: Map<string, Row>, line: Line): boolean {
  const key = rowKey(line);
  const row = rows.get(key);
  if (line.line === "bound") {
    if (row !== undefined) return false;
    const { uid, pod, namespace, course, student, size, node, kind, model, count, share, from } = line;
    rows.set(key, { uid, pod, namespace, course, student, size, node, kind, model, count, share, from });
    return true;
  }
  if (row === undefined || row.to !== undefined) return false;
  rows.set(key, { ...row, to: line.to, ...(line.estimated ? { estimated: true } : {}) });
  return true;
}

/**
 * Seconds of a row that lie in a period; one that is still open counts up to now.
 * @param period Milliseconds since 1970, from (inclusive) and to (exclusive). Default: all.
 */
export function secondsOf(
  { from, to }: Pick<Row, "from" | "to">,
  now: number,
  period: { readonly from?: number | undefined; readonly to?: number | undefined } = {},
): number {
  const start = Math.max(Date.parse(from), period.from ?? -Infinity);
  const end = Math.min(to === undefined ? now : Date.parse(to), period.to ?? Infinity);
  return Math.max(0, (end - start) / 1_000);
}

/** GPU-seconds: GPUs, by the part of each one's memory, by time. */
export function gpuSeconds(row: Row, now: number, period?: Parameters<typeof secondsOf>[2]): number {
  return row.count * row.share * secondsOf(row, now, period);
}
