import Table from "cli-table3";
import pc from "picocolors";
import { wantsColors } from "./progress";

const BORDERLESS = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

/**
 * Rows as aligned columns without borders.
 * @param head The names of the columns.
 * @param colors Default: whether stdout is a terminal that wants them.
 * @returns text without a newline at the end
 */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  colors: boolean = wantsColors(process.stdout),
): string {
  const paint = pc.createColors(colors);
  const table = new Table({
    chars: BORDERLESS,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  table.push(
    head.map((h) => paint.bold(h)),
    ...rows.map((row) => [...row]),
  );
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}
