import { CsvError, parse } from "csv-parse/sync";
import { z } from "zod";
import { FaultCollector } from "../base/faults";
import type { Student } from "../components/plan/roster";
import { dnsLabel, fullName, mailAddress, person } from "./forms";

/** The columns of a roster, in any order; only `id` must be there. */
export const ROSTER_COLUMNS = ["id", "name", "mail", "group", "seat"] as const;
type Column = (typeof ROSTER_COLUMNS)[number];

const seat = z
  .string()
  .regex(/^[1-9]\d{0,3}$/, "not the number of a seat")
  .transform(Number);
const cells = {
  id: person,
  name: fullName.optional(),
  mail: mailAddress.optional(),
  group: dnsLabel.optional(),
  seat: seat.optional(),
} satisfies Record<Column, z.ZodType>;

interface Line {
  readonly info: { readonly lines: number };
  readonly record: readonly string[];
}

/**
 * Reads a roster (RFC 4180; commas or semicolons, a byte order mark of UTF-8 is passed over). Pure.
 * @param file What the faults call it.
 * @returns the students, and every fault with its line
 */
export function readRosterCsv(bytes: Buffer, file: string): { students: Student[]; faults: FaultCollector } {
  const faults = new FaultCollector();
  const text = decoded(bytes, file, faults);
  if (text === undefined) return { students: [], faults };
  const firstLine = text.slice(0, text.search(/\r|\n|$/));
  let lines: readonly Line[];
  try {
    lines = parse(text, {
      bom: true,
      info: true,
      trim: true,
      relax_column_count: true,
      skip_empty_lines: true,
      delimiter: firstLine.includes(";") && !firstLine.includes(",") ? ";" : ",",
    }) as unknown as readonly Line[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = (error as unknown as { readonly lines?: number }).lines ?? 1;
    faults.add(
      `${file}:${line}`,
      "(text)",
      error.message,
      "close each quote, and double those within a cell",
    );
    return { students: [], faults };
  }
  const [head, ...rows] = lines;
  const columns = headOf(head, file, faults);
  if (columns === undefined) return { students: [], faults };
  return { students: rows.flatMap((row) => studentOf(row, columns, file, faults) ?? []), faults };
}

function decoded(bytes: Buffer, file: string, faults: FaultCollector): string | undefined {
  const utf16 = bytes.length >= 2 && ["fffe", "feff"].includes(bytes.subarray(0, 2).toString("hex"));
  if (!utf16) {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      // Told below.
    }
  }
  const found = utf16 ? "UTF-16, by its byte order mark" : "bytes that are no UTF-8";
  faults.add(`${file}:1`, found, "not a text in UTF-8", "save it as `CSV UTF-8`");
  return undefined;
}

/** The columns as they stand, or undefined where no row can be read by them. */
function headOf(head: Line | undefined, file: string, faults: FaultCollector): Column[] | undefined {
  const known = ROSTER_COLUMNS.join(", ");
  if (head === undefined) {
    faults.add(`${file}:1`, "(empty)", "a roster without a line", `a first line with the columns: ${known}`);
    return undefined;
  }
  const at = `${file}:${head.info.lines}`;
  const names = head.record.map((name) => name.toLowerCase());
  names.forEach((name, i) => {
    if (!(ROSTER_COLUMNS as readonly string[]).includes(name)) {
      faults.add(at, head.record[i], "no column of a roster", `one of: ${known}`);
    } else if (names.indexOf(name) < i) faults.add(at, name, "a column that is there twice", "remove one");
  });
  if (names.includes("id")) return names as Column[];
  faults.add(at, head.record.join(","), "no column id", `a first line with the columns: ${known}`);
  return undefined;
}

function studentOf(
  { info, record }: Line,
  columns: readonly Column[],
  file: string,
  faults: FaultCollector,
): Student | undefined {
  const at = `${file}:${info.lines}`;
  if (record.length > columns.length) {
    const fix = "put a cell with a comma in quotes";
    faults.add(
      at,
      record.slice(columns.length).join(","),
      `${record.length} cells under ${columns.length} columns`,
      fix,
    );
  }
  const before = faults.faults.length;
  const entries = columns.flatMap((column, i) => {
    const value = record[i] === "" ? undefined : record[i];
    const schema = cells[column] as z.ZodType | undefined;
    const result = schema?.safeParse(value);
    if (result === undefined) return [];
    if (result.success) return [[column, result.data] as const];
    const problem = value === undefined ? "an empty cell" : (result.error.issues[0]?.message ?? "");
    faults.add(
      `${at}.${column}`,
      value,
      problem,
      column === "id" ? "a short name such as ada" : "correct it, or leave it empty",
    );
    return [];
  });
  return faults.faults.length > before ? undefined : ({ ...Object.fromEntries(entries), at } as Student);
}
