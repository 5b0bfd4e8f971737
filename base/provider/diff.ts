import type { Difference } from "./kinds";
import { sameValue, type Properties } from "./wire";

/**
 * Compares inputs member for member at the top level; a value that is not known yet counts as changed.
 * @param replaceOn Inputs whose change needs a new resource.
 */
export function compareInputs(
  olds: Properties,
  news: Properties,
  replaceOn: readonly string[] = [],
): Difference {
  const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])].sort();
  const changes = keys.filter(
    (key) => !absentAlike(olds[key], news[key]) && !sameValue(olds[key], news[key]),
  );
  return { changes, replaces: changes.filter((key) => replaceOn.includes(key)) };
}

/** Null on the wire and a missing member mean the same to Pulumi. */
function absentAlike(a: unknown, b: unknown): boolean {
  return (a === undefined || a === null) && (b === undefined || b === null);
}
