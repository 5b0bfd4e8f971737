import { UsageError } from "../failure";

/** Most hosts that one command may name: more is a slip of the finger. */
export const MOST_HOSTS = 100_000;

/** A host pattern that cannot be meant. Nothing was asked of any host. */
export class HostPatternError extends UsageError {
  override readonly name = "HostPatternError";

  /**
   * @param pattern as typed
   * @param problem what is wrong with it
   * @param check what would be right
   */
  constructor(
    readonly pattern: string,
    readonly problem: string,
    readonly check: string,
  ) {
    super(`host pattern ${JSON.stringify(shortened(pattern))}: ${problem}; check: ${check}`);
  }
}

interface Range {
  readonly low: number;
  readonly high: number;
  /** Digits that each number is padded to with zeros. */
  readonly width: number;
}

/** A piece of a name: text, or the numbers that stand in its place. */
type Piece = string | readonly Range[];

/**
 * The hosts that a pattern names, in its order, each once: `gpu[01-04,07],login`, as pdsh and FreeIPMI write it.
 * Zeros in front of a range's first number are kept; several brackets in a name are combined.
 * @param exclude a pattern of hosts to leave out; default none
 * @throws {HostPatternError} also where it names none, or more than {@link MOST_HOSTS}
 */
export function expandHosts(pattern: string, exclude?: string): string[] {
  const hosts = namesOf(pattern);
  if (exclude !== undefined) for (const host of namesOf(exclude)) hosts.delete(host);
  if (hosts.size === 0) throw new HostPatternError(pattern, "names no host", "what -x leaves out");
  return [...hosts];
}

/** Hosts as one short pattern: what {@link expandHosts} reads back, though not always in the same order. */
export function foldHosts(hosts: Iterable<string>): string {
  const families = new Map<string, { prefix: string; suffix: string; numbers: string[] }>();
  const unique = new Set(hosts);
  for (const host of unique) {
    const [, prefix = "", number = "", suffix = ""] = /^(.*?)(\d{1,15})(\D*)$/.exec(host) ?? [];
    const key = number === "" ? host : `${prefix}[${suffix}`;
    const family = families.get(key) ?? { prefix: number === "" ? host : prefix, suffix, numbers: [] };
    families.set(key, family);
    if (number !== "") family.numbers.push(number);
  }
  return [...families.values()]
    .map(({ prefix, suffix, numbers }) => {
      const [first = ""] = numbers;
      return numbers.length < 2
        ? `${prefix}${first}${suffix}`
        : `${prefix}[${foldNumbers(numbers)}]${suffix}`;
    })
    .join(",");
}

function foldNumbers(numbers: readonly string[]): string {
  const sorted = [...numbers].sort((a, b) => Number(a) - Number(b) || a.length - b.length);
  const runs: { low: string; high: string }[] = [];
  for (const number of sorted) {
    const run = runs.at(-1);
    const next = run && String(Number(run.high) + 1).padStart(run.low.length, "0");
    if (run && number === next) run.high = number;
    else runs.push({ low: number, high: number });
  }
  return runs.map(({ low, high }) => (low === high ? low : `${low}-${high}`)).join(",");
}

function namesOf(pattern: string): Set<string> {
  const terms = splitTerms(pattern).map((term) => piecesOf(term, pattern));
  const count = terms.reduce((sum, pieces) => sum + pieces.reduce((n, piece) => n * sizeOf(piece), 1), 0);
  if (count > MOST_HOSTS) {
    throw new HostPatternError(
      pattern,
      `names ${count} hosts, more than ${MOST_HOSTS}`,
      "the last number of each range",
    );
  }
  return new Set(terms.flatMap(combined));
}

/** The terms between commas that stand outside brackets. */
function splitTerms(pattern: string): string[] {
  // The expression looks ahead as far as the next bracket, from every comma.
  const comma = pattern.includes("[") ? /,(?![^[\]]*\])/ : ",";
  return pattern.split(comma).map((term) => term.trim());
}

function piecesOf(term: string, pattern: string): Piece[] {
  if (term === "") throw new HostPatternError(pattern, "a name is missing", "the commas");
  return term
    .split(/(\[[^[\]]*\])/)
    .filter((piece) => piece !== "")
    .map((piece): Piece => {
      if (piece.startsWith("[") && piece.endsWith("]")) {
        return piece
          .slice(1, -1)
          .split(",")
          .map((range) => rangeOf(range, pattern));
      }
      if (/[[\]]/.test(piece))
        throw new HostPatternError(pattern, "a bracket has no partner", "each [ and ]");
      // Names, addresses and their scopes; a name that begins with - is an option in the wrong place.
      if (!/^[A-Za-z0-9._:%-]+$/.test(piece) || term.startsWith("-")) {
        throw new HostPatternError(
          pattern,
          `${JSON.stringify(shortened(term))} is no host name`,
          "its spelling",
        );
      }
      return piece;
    });
}

function rangeOf(text: string, pattern: string): Range {
  const [, low = "", high = low] = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(text.trim()) ?? [];
  if (low === "") {
    throw new HostPatternError(
      pattern,
      `${JSON.stringify(shortened(text))} is no range`,
      "that it is written like 01-48 or 7, with numbers of at most 15 digits",
    );
  }
  if (Number(high) < Number(low)) {
    throw new HostPatternError(pattern, `the range ${text} runs backwards`, "the order of its numbers");
  }
  if (high.startsWith("0") && high.length !== low.length) {
    throw new HostPatternError(pattern, `the range ${text} pads its ends differently`, "the zeros in front");
  }
  return { low: Number(low), high: Number(high), width: low.length };
}

function sizeOf(piece: Piece): number {
  return typeof piece === "string" ? 1 : piece.reduce((n, { low, high }) => n + high - low + 1, 0);
}

function combined(pieces: readonly Piece[]): string[] {
  return pieces.reduce<string[]>(
    (names, piece) => names.flatMap((name) => textsOf(piece).map((text) => name + text)),
    [""],
  );
}

function textsOf(piece: Piece): string[] {
  if (typeof piece === "string") return [piece];
  return piece.flatMap(({ low, high, width }) =>
    Array.from({ length: high - low + 1 }, (_, i) => String(low + i).padStart(width, "0")),
  );
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
