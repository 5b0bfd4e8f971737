import type { Fault } from "../faults";
import type { Path } from "../paths";
import type { AnyKind } from "./kinds";
import { hideSecrets } from "./secrets";
import type { Decoded, Properties } from "./wire";

export interface Checked {
  /** With defaults filled in. */
  readonly inputs: Properties;
  readonly secrets: readonly Path[];
  readonly faults: readonly Fault[];
}

/** Checks what a program wrote, and fills in defaults. What is not known yet is not checked; no fault shows a secret. */
export function checkInputs(kind: AnyKind, { values, secrets }: Decoded): Checked {
  const all = [...secrets, ...(kind.secrets ?? [])];
  const own = (inputs: Properties) => hideSecrets(kind.check?.(inputs) ?? [], inputs, all);
  if (!kind.inputs) return { inputs: values, secrets: all, faults: own(values) };
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- zod is loaded where a kind uses it
  const { checkForm } = require("./form") as typeof import("./form");
  const { inputs, faults, complete } = checkForm(kind.inputs, values, all);
  return { inputs, secrets: all, faults: complete ? own(inputs) : faults };
}
