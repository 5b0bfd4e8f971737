import { gpuSeconds, type Row, secondsOf } from "./rows";

/** Columns of the export, in order. Times are RFC 3339, seconds whole; `to` is empty while the GPUs are held. */
export const COLUMNS = [
  "course",
  "student",
  "pod",
  "size",
  "node",
  "kind",
  "model",
  "gpus",
  "memory_share",
  "from",
  "to",
  "seconds",
  "gpu_hours",
  "estimated",
  "uid",
] as const;

/** Rows as CSV (RFC 4180), the oldest first. `seconds` and `gpu_hours` are those inside the period. */
export function ledgerCsv(
  rows: Iterable<Row>,
  now: number,
  period?: Parameters<typeof secondsOf>[2],
): string {
  const sorted = [...rows].sort(
    (a, b) => Date.parse(a.from) - Date.parse(b.from) || (a.uid < b.uid ? -1 : 1),
  );
  const lines = sorted.map((row) => [
    row.course,
    row.student,
    row.pod,
    row.size,
    row.node,
    row.kind,
    row.model,
    row.count,
    Number(row.share.toFixed(4)),
    row.from,
    row.to ?? "",
    secondsOf(row, now, period),
    (gpuSeconds(row, now, period) / 3_600).toFixed(6),
    row.estimated ? "yes" : "no",
    row.uid,
  ]);
  return [COLUMNS, ...lines].map((line) => `${line.map(cell).join(",")}\r\n`).join("");
}

function cell(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
