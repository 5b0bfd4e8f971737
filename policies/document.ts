import type { Example, KindMatch, Rule } from "./rule";
import { RULES } from "./rules";

/** Where a rule is applied, in words. */
export function placesOf(rule: Rule): string {
  if (rule.requirements.length === 0) return "preview";
  const byRequest = rule.breaks.every(
    (example) => example.by !== undefined || example.operation !== undefined,
  );
  return byRequest ? "API server" : "preview, API server";
}

/** The page of docs/ about the rules: an introduction, a table, and a section for each. */
export function policiesDocument(introduction: string): string {
  return [
    introduction.trimEnd(),
    "## The rules",
    table(
      ["Rule", "Level", "Where", "Why"],
      RULES.map((rule) => [`[${rule.name}](#${rule.name})`, rule.level, placesOf(rule), rule.purpose]),
    ),
    ...RULES.map(ruleSection),
    "",
  ].join("\n\n");
}

/** A rule as text, in Markdown. */
export function ruleSection(rule: Rule): string {
  return [
    `### ${rule.name}`,
    rule.purpose,
    [
      `- Stops: ${rule.stops.text} ([${rule.stops.source}](${rule.stops.url}))`,
      `- Looks at: ${kindsInWords(rule)}; ${requestsInWords(rule)}.`,
      ...(rule.goesBy ? [`- Goes by: ${GOES_BY[rule.goesBy]}.`] : []),
      ...(rule.remedy ? [`- Fills in: ${rule.remedy.text}`] : []),
      ...(rule.previewOnly ? [`- Preview only, in part or in whole: ${rule.previewOnly}`] : []),
      `- Keeps it: ${titles(rule.keeps)}.`,
      `- Breaks it: ${titles(rule.breaks)}.`,
    ].join("\n"),
    ...(rule.requirements.length === 0
      ? []
      : [
          table(
            ["Wrong", "Fix"],
            rule.requirements.map(({ problem, fix }) => [problem, fix]),
          ),
        ]),
  ].join("\n\n");
}

/** A rule as data: all of it but what runs. */
export function describeRule(rule: Rule): object {
  const { name, purpose, level, stops, kinds, operations, goesBy, previewOnly } = rule;
  const requirements = rule.requirements.map(({ problem, fix, cel }) => ({ problem, fix, cel }));
  const examples = { keeps: rule.keeps, breaks: rule.breaks };
  return {
    name,
    purpose,
    level,
    where: placesOf(rule),
    stops,
    kinds,
    operations,
    goesBy,
    previewOnly,
    requirements,
    examples,
  };
}

const GOES_BY = {
  "course-policy": "the course's ConfigMap `course-policy`",
  "course-quota": "the course's ResourceQuota `course`",
} as const;

export function kindsInWords(rule: Rule): string {
  const named = rule.kinds.map(({ kind, group }: KindMatch) =>
    group === "batch.volcano.sh" ? `Volcano ${kind}` : kind,
  );
  return `${[...new Set(named)].join(", ")} ${rule.inCourseNamespaces === false ? "everywhere" : "of courses"}`;
}

function requestsInWords({ operations = ["CREATE", "UPDATE"] }: Rule): string {
  return operations.map((operation) => operation.toLowerCase()).join(", ");
}

const titles = (examples: readonly Example[]) => examples.map(({ title }) => title).join("; ");

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
