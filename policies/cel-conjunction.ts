/**
 * One condition for many that must all hold, in the Common Expression Language: what several of them ask first is asked
 * once, and a list that several of them run over is run over once. Only the text changes, never what it says: `&&` and
 * `||` distribute over one another, with errors too (CEL specification, "Logical operators").
 */
export function conjunction(conditions: readonly string[]): string {
  const [known, others] = withoutKnown(distinct(conditions.flatMap(conjuncts)).map(split));
  const terms = [...known, ...others];
  const guarded = grouped(terms, guardOf, (guard, members) => [
    guard,
    conjunction(members.map(([, ...others]) => either(others))),
  ]);
  const folded = grouped(guarded, listOf, (head, members) => [
    `${head}${conjunction(members.map((member) => foldOf(member)?.body ?? "true"))})`,
  ]);
  return folded.map((term) => (term.length > 1 ? `(${either(term)})` : either(term))).join(" && ") || "true";
}

/** A condition as what it is true by: at least one of them must hold. */
type Disjuncts = readonly string[];

/** Puts those of one key together, where the first stands. Those without a key, and single ones, stay as they are. */
function grouped(
  all: readonly Disjuncts[],
  keyOf: (disjuncts: Disjuncts) => string | undefined,
  join: (key: string, members: readonly Disjuncts[]) => Disjuncts,
): Disjuncts[] {
  const groups = new Map<string, Disjuncts[]>();
  for (const [i, disjuncts] of all.entries()) {
    const key = keyOf(disjuncts) ?? `#${i}`;
    groups.set(key, [...(groups.get(key) ?? []), disjuncts]);
  }
  return [...groups].map(([key, members]) => {
    const [first = []] = members;
    return members.length > 1 ? join(key, members) : first;
  });
}

/** What must not hold for the rest to be asked. */
const guardOf = ([first, ...others]: Disjuncts) => (others.length > 0 ? first : undefined);

/** Where a condition runs over a list and nothing else: the text before its body, `list.all(x, `. */
const listOf = (disjuncts: Disjuncts) => foldOf(disjuncts)?.head;

function foldOf([only = "", ...others]: Disjuncts) {
  if (others.length > 0) return undefined;
  const {
    list = "",
    head = "",
    body,
  } = /^(?<list>.+?)(?<head>\.all\(\w+, )(?<body>.*)\)$/s.exec(only)?.groups ?? {};
  // A list is a path, or stands in brackets: no operator is outside.
  if (body === undefined || !/^[\w.()[\]]+\.all\(\)$/.test(outside(only))) return undefined;
  return { head: list + head, body };
}

/**
 * Conditions that stand alone, and the others: with those known to hold, what says so need not be asked again, and what
 * denies it cannot help.
 */
function withoutKnown(terms: readonly Disjuncts[]): readonly [Disjuncts[], Disjuncts[]] {
  const alone = terms.filter((term) => term.length === 1);
  const known = new Set(alone.flat());
  const others = terms
    .filter((term) => term.length > 1 && !term.some((disjunct) => known.has(disjunct)))
    .map((term) => term.filter((disjunct) => !known.has(negation(disjunct))));
  return [alone, others];
}

const distinct = <T>(list: readonly T[]): T[] => [...new Set(list)];

/** The conditions that must all hold for one to hold. */
function conjuncts(condition: string): string[] {
  const text = bare(condition);
  if (isChoice(text) || parts(text, "||").length > 1) return [text];
  const all = parts(text, "&&");
  return all.length > 1 ? all.flatMap(conjuncts) : [text];
}

function split(condition: string): string[] {
  const text = bare(condition);
  if (isChoice(text)) return [text];
  const some = parts(text, "||");
  if (some.length > 1) return some.flatMap(split);
  const denied = /^!\((.*)\)$/s.exec(text)?.[1];
  if (denied === undefined || outside(text) !== "!()" || isChoice(denied) || parts(denied, "||").length > 1)
    return [text];
  return conjuncts(denied).flatMap((condition) =>
    isDenied(condition) ? split(negation(condition)) : [negation(condition)],
  );
}

const isDenied = (condition: string) => /^![^=]/.test(condition);

function negation(condition: string): string {
  if (isDenied(condition)) return bare(condition.slice(1));
  return / /.test(outside(condition)) ? `!(${condition})` : `!${condition}`;
}

/** What a text joins with `&&` outside of all brackets; the text itself, where something that binds less close does. */
export const chain = (text: string): string[] =>
  isChoice(text) || parts(text, "||").length > 1 ? [text] : parts(text, "&&");

const isChoice = (text: string) => outside(text).includes(" ? ");
/** `&&` binds closer than `||`, a choice less close. Nothing is left of what contradicts what is known. */
const either = (disjuncts: Disjuncts) =>
  disjuncts.map((disjunct) => (isChoice(disjunct) ? `(${disjunct})` : disjunct)).join(" || ") || "false";

/** Without parentheses around the whole. */
function bare(text: string): string {
  const trimmed = text.trim();
  const isEnclosed = trimmed.startsWith("(") && outside(trimmed) === "()";
  return isEnclosed ? bare(trimmed.slice(1, -1)) : trimmed;
}

/** The parts of a text between operators that stand outside all brackets. */
function parts(text: string, operator: "||" | "&&"): string[] {
  const places = levels(text);
  const found: string[] = [];
  let from = 0;
  for (let i = 0; i < text.length - 1; i++) {
    if (places[i] !== 0 || !text.startsWith(operator, i)) continue;
    found.push(text.slice(from, i).trim());
    from = i + operator.length;
  }
  return [...found, text.slice(from).trim()];
}

/** The text outside of all brackets and quotes, with the outermost brackets. */
function outside(text: string): string {
  const places = levels(text);
  return text
    .split("")
    .filter((_, i) => places[i] === 0)
    .join("");
}

/** How many brackets each character stands in; a bracket stands outside of itself, a quoted text never outside. */
function levels(text: string): number[] {
  let depth = 0;
  let isQuoted = false;
  return text.split("").map((character, i) => {
    if (isQuoted) {
      isQuoted = character !== "'" || isEscaped(text, i);
      return depth + 1;
    }
    if (character === "'") {
      isQuoted = true;
      return depth + 1;
    }
    if ("([{".includes(character)) return depth++;
    if (")]}".includes(character)) return --depth;
    return depth;
  });
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text[at - 1 - slashes] === "\\") slashes += 1;
  return slashes % 2 === 1;
}
