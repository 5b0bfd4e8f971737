import { CEL_ACCOUNTS, CEL_COUNTED } from "./accounts";
import { chain, conjunction } from "./cel-conjunction";
import { CEL_CONTAINERS, CEL_WORKLOADS } from "./workloads";

/** A text as a literal of CEL. */
export function celText(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

export function celTexts(texts: readonly string[]): string {
  return `[${texts.map(celText).join(", ")}]`;
}

/** Rules look at several kinds, and ask each for the fields that it has: the type checker need not know them. */
export const anyKind = (cel: string) => cel.replace(/(?<![\w.'])(object|oldObject)\./g, "dyn($1).");

/** Variables of CEL, in the order in which they go by one another. */
const VARIABLES: Readonly<Record<string, string>> = { ...CEL_WORKLOADS, ...CEL_ACCOUNTS, ...CEL_COUNTED };

interface Variable {
  readonly name: string;
  readonly expression: string;
}

/** Those variables that expressions go by, and those that these go by. */
export function variablesFor(expressions: readonly string[]): Variable[] {
  const used = new Set<string>();
  const look = (expression: string): void => {
    for (const [, name = ""] of expression.matchAll(/variables\.([a-z]+)/g)) {
      if (used.has(name)) continue;
      used.add(name);
      look(VARIABLES[name] ?? "");
    }
  };
  expressions.forEach(look);
  return Object.entries(VARIABLES)
    .filter(([name]) => used.has(name))
    .map(([name, expression]) => ({ name, expression: anyKind(expression) }));
}

/** Variables as a part of a policy. The API server leaves an empty list out, and whoever declares one sees a change. */
export const declared = (variables: readonly Variable[]) => (variables.length > 0 ? { variables } : {});

/**
 * One expression for several that all must hold: true where one does not. It has no variables, as in `matchConditions`.
 * Containers are looked at pod by pod.
 */
export function celBroken(conditions: readonly string[]): string {
  const all = anyKind(conjunction(conditions.map(podByPod)));
  const [{ expression: pods = "" } = {}] = variablesFor([all]).filter(({ name }) => name === "pods");
  return celBound(`!(${all.replace("variables.pods", () => `(${pods})`)})`);
}

/**
 * A condition without variables: each that is used becomes the only element of a list that `exists` runs over, once
 * those parts hold that stand before its first use.
 */
export function celBound(condition: string): string {
  const bind = (conjuncts: readonly string[], variables: readonly Variable[]): string => {
    const [first, ...others] = variables;
    if (first === undefined) return conjuncts.join(" && ");
    const at = conjuncts.findIndex((cel) => variablesFor([cel]).some(({ name }) => name === first.name));
    const within = `[${bound(first.expression)}].exists(${first.name}, ${bind(conjuncts.slice(at), others)})`;
    return [...conjuncts.slice(0, at), within].join(" && ");
  };
  const bound = (cel: string) => cel.replace(/variables\.([a-z]+)/g, "$1");
  return bound(bind(chain(condition), variablesFor([condition])));
}

/** A condition on all containers as one on all pods. */
function podByPod(cel: string): string {
  const [, variable = "", rest = ""] = /^variables\.(\w+)(\.all\(c, .*\))$/s.exec(cel) ?? [];
  const list = CEL_CONTAINERS[variable];
  return list === undefined ? cel : `variables.pods.all(p, ${list}${rest})`;
}

/** True where who asks governs the course: the operators, and Kubernetes' own controllers. */
export const CEL_GOVERNS =
  "authorizer.group('').resource('namespaces').name(request.namespace).check('delete').allowed()";
