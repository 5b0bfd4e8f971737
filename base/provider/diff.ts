import { isWithin, type Path, pathText } from "../paths";
import type { AnyKind, Recorded } from "./kinds";
import { hasUnknown, type Properties, UNKNOWN } from "./wire";

/** One property that is to change. */
export interface Change {
  readonly path: Path;
  readonly how: "add" | "update" | "delete";
  readonly replaces: boolean;
  /** Whether an input differs; otherwise an output has drifted. */
  readonly input: boolean;
}

/**
 * All that an update would change, to the innermost property.
 * @param ignored Properties of the resource option `ignoreChanges`.
 */
export function diffProperties(
  kind: AnyKind,
  olds: Recorded<Properties, Properties>,
  inputs: Properties,
  ignored: readonly string[] = [],
): Change[] {
  const changes = kind.diff?.(olds, inputs) ?? compareInputs(olds.inputs, inputs, kind.replaceOn);
  // Drift alone is reason for an update; where an input changes too, the update mends both.
  const drifted = changes.length > 0 || hasUnknown(inputs) ? [] : (kind.drift?.(olds.outputs, inputs) ?? []);
  const all = [
    ...changes,
    ...drifted.map((path) => ({ path, how: "update" as const, replaces: false, input: false })),
  ];
  return all.filter(({ path }) => !path.some((_, i) => ignored.includes(pathText(path.slice(0, i + 1)))));
}

/**
 * The innermost properties that differ. Null and absent are alike; an unknown differs from everything.
 * @param replaceOn Places of which a change, in them or around them, needs another resource.
 */
export function compareInputs(olds: Properties, news: Properties, replaceOn: readonly Path[] = []): Change[] {
  const changes: Change[] = [];
  compare(olds, news, [], (path, how) => {
    const replaces = replaceOn.some((place) => isWithin(path, place) || isWithin(place, path));
    changes.push({ path, how, replaces, input: true });
  });
  return changes;
}

function compare(
  before: unknown,
  after: unknown,
  path: Path,
  found: (path: Path, how: Change["how"]) => void,
): void {
  if (before === after && before !== UNKNOWN && !isContainer(before)) return;
  if (isAbsent(before) && isAbsent(after)) return;
  if (isAbsent(before)) return found(path, "add");
  if (isAbsent(after)) return found(path, "delete");
  const nested = isContainer(before) && isContainer(after) && Array.isArray(before) === Array.isArray(after);
  if (!nested) return found(path, "update");
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const step = Array.isArray(after) ? Number(key) : key;
    compare(before[key], after[key], [...path, step], found);
  }
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
