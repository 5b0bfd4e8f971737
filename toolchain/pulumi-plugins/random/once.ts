import {
  compareInputs,
  hasUnknown,
  type CheckFailure,
  type Properties,
  type ResourceKind,
} from "../../../base/provider";

/** A value that is drawn once and kept until an input changes. */
interface Once<I extends object> {
  /** Name after `random:index/`, in lower camel case. */
  readonly name: string;
  /** Fills in what counts when it is left out. Default: nothing. */
  complete?(inputs: Partial<I>): Partial<I>;
  readonly secretOutputs?: readonly string[];
  /** What is wrong with the inputs, defaults filled in; called only when all are known. */
  check?(inputs: I): CheckFailure[];
  draw(inputs: I): Promise<{ id: string; outputs: Properties }> | { id: string; outputs: Properties };
}

/** The resource kind of such a value: every change of an input draws anew, as a replacement. */
export function once<I extends object>(spec: Once<I>): ResourceKind {
  const complete = (inputs: Properties): Properties => {
    const given = defined(inputs);
    return { ...(spec.complete?.(given as Partial<I>) ?? given) } as Properties;
  };
  return {
    token: `random:index/${spec.name}:${spec.name[0]?.toUpperCase()}${spec.name.slice(1)}`,
    ...(spec.secretOutputs ? { secretOutputs: spec.secretOutputs } : {}),
    check(news) {
      const failures = hasUnknown(news) ? [] : (spec.check?.(complete(news) as I) ?? []);
      return { inputs: news, failures: [...failures, ...unsupported(news)] };
    },
    // State written by the official plugin has defaults and notes of its own among the inputs, so the values in
    // force are compared instead.
    diff({ oldInputs, oldOutputs, news }) {
      const now = complete(news);
      const inputs = Object.keys({ ...now, ...defined(oldInputs) }).filter((key) => !key.startsWith("__"));
      const before = Object.fromEntries(inputs.map((key) => [key, oldOutputs[key]]));
      const { changes } = compareInputs(before, now);
      return { changes, replaces: changes };
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

function unsupported(news: Properties): CheckFailure[] {
  return news.seed === undefined || news.seed === null
    ? []
    : [
        {
          property: "seed",
          reason: "a seeded value is no random value and is not supported; leave seed out",
        },
      ];
}
