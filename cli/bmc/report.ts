import pc from "picocolors";
import type { Terminal } from "../progress";
import { wantsColors } from "../progress";
import { type Cell, formatHead, formatRow, formatTable, widthOf } from "../table";
import { errorData, type Outcome } from "./outcomes";
import type { BmcTarget } from "./targets";
import type { Verb } from "./verb";

/** Where outcomes are shown. */
export interface Report<T> {
  /** Called as they come. */
  add(outcome: Outcome<T>): void;
  /** Called once, with all of them in the order of the hosts. */
  end(outcomes: readonly Outcome<T>[]): void;
}

/** One JSON document at the end: failures are data too. */
export function jsonReport<T>({ name }: Verb<T>, out: Terminal): Report<T> {
  return {
    add: () => undefined,
    end: (outcomes) => out.write(jsonText(name, outcomes)),
  };
}

/** The document of `--json`. @param error that nothing was asked for */
export function jsonText(verb: string, outcomes: readonly Outcome<unknown>[], error?: unknown): string {
  const hosts = outcomes.map((outcome) => ({
    host: outcome.target.name,
    bmc: outcome.target.label,
    ...(outcome.ok ? { result: outcome.value ?? null } : { error: errorData(outcome.error) }),
  }));
  const failed = outcomes.filter(({ ok }) => !ok).length;
  const document = { verb, hosts, failed, ...(error === undefined ? {} : { error: errorData(error) }) };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** A table at the end, in the order of the hosts. */
export function tableReport<T>(verb: Verb<T>, out: Terminal): Report<T> {
  const colors = wantsColors(out);
  return {
    add: () => undefined,
    end: (outcomes) => {
      const rows = outcomes.flatMap((outcome) => rowsOf(verb, outcome, colors));
      if (rows.length > 0) out.write(`${formatTable(["HOST", ...verb.head], rows, colors)}\n`);
    },
  };
}

/** Rows as they come, for a person who waits. */
export function streamReport<T>(verb: Verb<T>, targets: readonly BmcTarget[], out: Terminal): Report<T> {
  const colors = wantsColors(out);
  const head = ["HOST", ...verb.head];
  const widths = head.map(widthOf);
  widths[0] = targets.reduce((widest, { name }) => Math.max(widest, widthOf(name)), widths[0] ?? 0);
  let begun = false;
  return {
    add: (outcome) => {
      const rows = rowsOf(verb, outcome, colors);
      // Columns only ever grow, so that most lines stand under one another.
      for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, widthOf(cell))));
      const lines = rows.map((row) => formatRow(row, widths));
      if (!begun && lines.length > 0) lines.unshift(formatHead(head, widths, colors));
      begun ||= lines.length > 0;
      if (lines.length > 0) out.write(`${lines.join("\n")}\n`);
    },
    end: () => undefined,
  };
}

function rowsOf<T>(verb: Verb<T>, outcome: Outcome<T>, colors: boolean): Cell[][] {
  if (!outcome.ok) return [];
  const paint = pc.createColors(colors);
  const hues: Readonly<Record<string, (text: string) => string>> = {
    on: paint.green,
    ok: paint.green,
    off: paint.red,
    critical: paint.red,
    warning: paint.yellow,
  };
  const shown = (cell: Cell): Cell => {
    if (typeof cell === "number") return cell;
    const text = printable(cell);
    return (Object.hasOwn(hues, text) ? hues[text]?.(text) : undefined) ?? text;
  };
  return verb.rows(outcome.value).map((row) => [outcome.target.name, ...row.map(shown)]);
}

/** A BMC's texts go to a terminal: nothing in them may steer it, and no cell be empty. */
function printable(text: string): string {
  return text.replace(/\p{Control}/gu, "?") || "-";
}
