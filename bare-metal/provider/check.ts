import { z } from "zod";
import type { Fault } from "../../base/faults";
import { zodFaults } from "../inventory/validate";
import type { AnyKind } from "./kind";
import { isWithin, type Path, valueAt } from "./paths";
import { hasUnknown, type Properties, type Received, UNKNOWN, type Value } from "./wire";

export interface Checked {
  /** With defaults filled in. */
  readonly inputs: Properties;
  readonly secrets: readonly Path[];
  readonly faults: readonly Fault[];
}

/** Checks what a program wrote, and fills in defaults. What is not known yet is not checked; no fault shows a secret. */
export function checkInputs(kind: AnyKind, { value, secrets }: Received): Checked {
  const all = [...secrets, ...kind.secrets];
  const checked = kind.inputs.safeParse(value);
  if (checked.success) {
    const inputs = checked.data as Properties;
    return { inputs, secrets: all, faults: hide(kind.check?.(inputs) ?? [], value, all) };
  }
  const known = checked.error.issues.filter(
    (issue) => issue.code === "unrecognized_keys" || !hasUnknown(valueAt(value, issue.path)),
  );
  const faults = known.length > 0 ? zodFaults(new z.ZodError(known), printable(value, [], all)) : [];
  return { inputs: withDefaults(kind.inputs, value) as Properties, secrets: all, faults };
}

/** The value with each secret and unknown replaced by a word. */
function printable(value: Value | undefined, path: Path, secrets: readonly Path[]): unknown {
  if (value === undefined) return undefined;
  if (secrets.some((secret) => isWithin(path, secret))) return "(secret)";
  if (value === UNKNOWN) return "(unknown)";
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Value, i) => printable(item, [...path, i], secrets));
  return Object.fromEntries(
    Object.entries(value as Properties).map(([key, item]) => [key, printable(item, [...path, key], secrets)]),
  );
}

/** Faults of a resource's own check name their value themselves: none may be a secret one. */
function hide(faults: readonly Fault[], value: Properties, secrets: readonly Path[]): Fault[] {
  const hidden = new Set(
    secrets.map((path) => valueAt(value, path)).filter((v) => typeof v === "string" && v !== ""),
  );
  return faults.map((fault) =>
    [...hidden].some((secret) => fault.value.includes(secret as string))
      ? { ...fault, value: "(secret)" }
      : fault,
  );
}

/** Defaults of a value that is not known as a whole, so that a preview shows no change where there is none. */
function withDefaults(schema: unknown, value: Value | undefined): unknown {
  if (schema instanceof z.ZodDefault) {
    return value === undefined ? schema.def.defaultValue : withDefaults(schema.def.innerType, value);
  }
  if (schema instanceof z.ZodOptional)
    return value === undefined ? undefined : withDefaults(schema.def.innerType, value);
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    return value.map((item: Value) => withDefaults(schema.element, item));
  }
  if (schema instanceof z.ZodObject && typeof value === "object" && value !== null && !Array.isArray(value)) {
    const names = new Set([...Object.keys(schema.shape), ...Object.keys(value)]);
    return Object.fromEntries(
      [...names].map((name) => [name, withDefaults(schema.shape[name], (value as Properties)[name])]),
    );
  }
  return value;
}
