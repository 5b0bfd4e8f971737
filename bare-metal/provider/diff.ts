import type { AnyKind } from "./kind";
import { isWithin, type Path } from "./paths";
import { hasUnknown, type Properties, UNKNOWN } from "./wire";

/** One property that is to change. */
export interface Change {
  readonly path: Path;
  readonly how: "add" | "update" | "delete";
  readonly replaces: boolean;
  /** Whether an input differs; otherwise an output has drifted. */
  readonly input: boolean;
}

/** All that an update would change, to the innermost property. */
export function diffProperties(
  kind: AnyKind,
  oldInputs: Properties,
  outputs: Properties,
  inputs: Properties,
): Change[] {
  const changes: Change[] = [];
  compare(oldInputs, inputs, [], (path, how) => {
    const replaces = kind.replaceOn.some((place) => isWithin(path, place) || isWithin(place, path));
    changes.push({ path, how, replaces, input: true });
  });
  if (changes.length > 0 || hasUnknown(inputs)) return changes;
  // Drift alone is reason for an update; where an input changes too, the update mends both.
  const drifted = kind.drift?.(outputs, inputs) ?? [];
  return drifted.map((path) => ({ path, how: "update", replaces: false, input: false }));
}

function compare(
  before: unknown,
  after: unknown,
  path: Path,
  found: (path: Path, how: Change["how"]) => void,
): void {
  if (before === after && before !== UNKNOWN) return;
  if (before === undefined) return found(path, "add");
  if (after === undefined) return found(path, "delete");
  const nested = isContainer(before) && isContainer(after) && Array.isArray(before) === Array.isArray(after);
  if (!nested) return found(path, "update");
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const step = Array.isArray(after) ? Number(key) : key;
    compare(before[key], after[key], [...path, step], found);
  }
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
