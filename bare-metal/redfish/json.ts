/** An object of a JSON document that a BMC sent: nothing in it is sure. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Longest text that is taken over from a BMC. */
const MAX_TEXT = 1_000;

/** The object that the bytes hold, or undefined if they hold anything else. */
export function parseObject(bytes: Buffer): JsonObject | undefined {
  try {
    return asObject(JSON.parse(bytes.toString("utf8")));
  } catch {
    return undefined;
  }
}

/** The object at that place, or undefined. A property of another type counts as absent in all of these. */
export function objectAt(data: unknown, ...path: readonly string[]): JsonObject | undefined {
  return asObject(valueAt(data, path));
}

/** The text at that place: printable, since it ends up on terminals, and not endless. */
export function textAt(data: unknown, ...path: readonly string[]): string | undefined {
  const value = valueAt(data, path);
  return typeof value === "string" ? printable(value) : undefined;
}

/** The number at that place. Some firmware writes numbers as text. */
export function numberAt(data: unknown, ...path: readonly string[]): number | undefined {
  const value = valueAt(data, path);
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  return typeof value === "string" && /^-?\d{1,15}(\.\d{1,15})?$/.test(value) ? Number(value) : undefined;
}

export function booleanAt(data: unknown, ...path: readonly string[]): boolean | undefined {
  const value = valueAt(data, path);
  return typeof value === "boolean" ? value : undefined;
}

/** The objects of the list at that place; empty if there is none. */
export function objectsAt(data: unknown, ...path: readonly string[]): JsonObject[] {
  return listAt(data, path)
    .map(asObject)
    .filter((item) => item !== undefined);
}

/** The texts of the list at that place, or undefined if there is none. */
export function textsAt(data: unknown, ...path: readonly string[]): string[] | undefined {
  if (!Array.isArray(valueAt(data, path))) return undefined;
  return listAt(data, path).filter((item) => typeof item === "string");
}

/** The resource that the object at that place refers to (DSP0266, "Reference properties"). */
export function linkAt(data: unknown, ...path: readonly string[]): string | undefined {
  const value = valueAt(data, [...path, "@odata.id"]);
  return typeof value === "string" ? value : undefined;
}

/** One line without control characters. */
export function printable(text: string): string {
  return text.slice(0, MAX_TEXT).replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ");
}

function asObject(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

function listAt(data: unknown, path: readonly string[]): unknown[] {
  const value = valueAt(data, path);
  return Array.isArray(value) ? value : [];
}

function valueAt(data: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, name) => {
    const object = asObject(at);
    return object && Object.hasOwn(object, name) ? object[name] : undefined;
  }, data);
}
