import { stripVTControlCharacters } from "node:util";
import pc from "picocolors";
import { wantsColors } from "./progress";

const BETWEEN = "  ";
/** Characters that take two cells of a terminal (Unicode Standard Annex 11, wide and fullwidth), and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const WITHOUT_WIDTH = /\p{Mark}|\p{Format}/u;

export type Cell = string | number;

/**
 * Rows as aligned columns without borders.
 * @param head The names of the columns.
 * @param colors Default: whether stdout is a terminal that wants them.
 * @returns text without a newline at the end
 */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  colors: boolean = wantsColors(process.stdout),
): string {
  const widths = head.map((name, i) =>
    rows.reduce((widest, row) => Math.max(widest, widthOf(row[i] ?? "")), widthOf(name)),
  );
  return [formatHead(head, widths, colors), ...rows.map((row) => formatRow(row, widths))].join("\n");
}

/** The first line of a table whose columns have these widths, in cells of a terminal. */
export function formatHead(head: readonly string[], widths: readonly number[], colors: boolean): string {
  const { bold } = pc.createColors(colors);
  return formatRow(head.map(bold), widths);
}

/** One line of such a table. */
export function formatRow(row: readonly Cell[], widths: readonly number[]): string {
  return row
    .map((cell, i) => `${cell}${" ".repeat(Math.max(0, (widths[i] ?? 0) - widthOf(cell)))}`)
    .join(BETWEEN)
    .trimEnd();
}

/** How many cells of a terminal a text takes. */
export function widthOf(cell: Cell): number {
  const text = String(cell);
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  return Array.from(stripVTControlCharacters(text)).reduce(
    (n, c) => n + (WITHOUT_WIDTH.test(c) ? 0 : WIDE.test(c) ? 2 : 1),
    0,
  );
}
