import { z } from "zod";
import type { Fault } from "../faults";
import { type Path, valueAt } from "../paths";
import { zodFaults } from "../zod-faults";
import { printable } from "./secrets";
import { hasUnknown, type Properties } from "./wire";

/** Inputs held to their schema. */
export interface Form {
  /** With defaults filled in. */
  readonly inputs: Properties;
  readonly faults: readonly Fault[];
  /** Whether all are known and have their form. */
  readonly complete: boolean;
}

/**
 * Holds inputs to a schema. What is not known yet is not checked.
 * @param secrets Places whose values no fault shows.
 */
export function checkForm(schema: z.ZodType, values: Properties, secrets: readonly Path[]): Form {
  const checked = schema.safeParse(values);
  if (checked.success) return { inputs: checked.data as Properties, faults: [], complete: true };
  const issues = checked.error.issues.filter(
    (issue) => issue.code === "unrecognized_keys" || !hasUnknown(valueAt(values, issue.path)),
  );
  return {
    inputs: withDefaults(schema, values) as Properties,
    faults: zodFaults({ issues }, printable(values, secrets)),
    complete: false,
  };
}

/** Defaults of a value that is not known as a whole, so that a preview shows no change where there is none. */
function withDefaults(schema: unknown, value: unknown): unknown {
  if (schema instanceof z.ZodDefault) {
    return value === undefined ? schema.def.defaultValue : withDefaults(schema.def.innerType, value);
  }
  if (schema instanceof z.ZodOptional)
    return value === undefined ? undefined : withDefaults(schema.def.innerType, value);
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    return value.map((item: unknown) => withDefaults(schema.element, item));
  }
  if (schema instanceof z.ZodDiscriminatedUnion) {
    return withDefaults(chosenOption(schema, value), value);
  }
  if (schema instanceof z.ZodObject && typeof value === "object" && value !== null && !Array.isArray(value)) {
    const names = new Set([...Object.keys(schema.shape), ...Object.keys(value)]);
    return Object.fromEntries(
      [...names].map((name) => [name, withDefaults(schema.shape[name], (value as Properties)[name])]),
    );
  }
  return value;
}

/** The option that a value's discriminator names, if it is known. */
function chosenOption({ def }: z.ZodDiscriminatedUnion, value: unknown): unknown {
  const named = valueAt(value, [def.discriminator]);
  return def.options.find(
    (option) => option instanceof z.ZodObject && z.safeParse(option.shape[def.discriminator], named).success,
  );
}
