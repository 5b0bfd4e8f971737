import type { Fault } from "../../../base/faults";
import type { Path } from "../../../base/paths";
import { compareInputs, hasUnknown, type Properties, type ResourceKind } from "../../../base/provider";

/** A value that is drawn once and kept until an input changes. */
interface Once<I extends object> {
  /** Fills in what counts when it is left out. Default: nothing. */
  complete?(inputs: Partial<I>): Partial<I>;
  /** Outputs that are secret. Default: none. */
  readonly secrets?: readonly Path[];
  /** What is wrong with the inputs, defaults filled in; called only when all are known. */
  check?(inputs: I): Fault[];
  draw(inputs: I): Promise<{ id: string; outputs: Properties }> | { id: string; outputs: Properties };
}

/** The resource kind of such a value: every change of an input draws anew, as a replacement. */
export function once<I extends object>({ secrets = [], ...spec }: Once<I>): ResourceKind {
  const complete = (inputs: Properties): Properties => {
    const given = defined(inputs);
    return { ...(spec.complete?.(given as Partial<I>) ?? given) } as Properties;
  };
  return {
    secrets,
    check(inputs) {
      const faults = hasUnknown(inputs) ? [] : (spec.check?.(complete(inputs) as I) ?? []);
      return [...faults, ...unsupported(inputs)];
    },
    // State written by the official plugin has defaults and notes of its own among the inputs, so the values in
    // force are compared instead.
    diff(olds, inputs) {
      const now = complete(inputs);
      const names = Object.keys({ ...now, ...defined(olds.inputs) }).filter((name) => !name.startsWith("__"));
      const before = Object.fromEntries(names.map((name) => [name, olds.outputs[name]]));
      return compareInputs(before, now).map((change) => ({ ...change, replaces: true }));
    },
    async create(inputs) {
      const { id, outputs } = await spec.draw(complete(inputs) as I);
      return { id, outputs: { ...complete(inputs), ...outputs } };
    },
  };
}

function defined(inputs: Properties): Properties {
  return Object.fromEntries(
    Object.entries(inputs).filter(([, value]) => value !== undefined && value !== null),
  );
}

function unsupported({ seed }: Properties): Fault[] {
  if (seed === undefined || seed === null) return [];
  const problem = "a seeded value is no random value and is not supported";
  return [{ path: "seed", value: JSON.stringify(seed) ?? "(unknown)", problem, fix: "leave seed out" }];
}
