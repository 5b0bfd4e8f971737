import type { KindMatch, PolicyObject, Requirement, Subject } from "./rule";
import {
  ALL,
  type Container,
  containersOf,
  DECLARED,
  type Located,
  pods,
  type PodTemplate,
} from "./workloads";

/** A clause over one sort of thing in an object. */
interface Clause<T> {
  /** Kinds that it is about. Default: all of its rule's. */
  readonly kinds?: readonly KindMatch[];
  /** Where in the thing; what stands there is shown. */
  readonly path: string;
  readonly holds: (thing: T, subject: Subject) => boolean;
  readonly cel: string;
  readonly problem: string;
  readonly fix: string;
}

interface ContainerClause extends Clause<Container> {
  /** CEL for what is shown of a container `c` beside its name. Default: nothing. */
  readonly celValue?: string;
}

/** Of every container `c` of a workload, debug containers too. */
export function everyContainer(clause: ContainerClause): Requirement {
  return ofContainers("containers", clause);
}

/** Of every container `c` that is part of the declaration. */
export function declaredContainer(clause: ContainerClause): Requirement {
  return ofContainers("declared", clause);
}

/** Of every pod `p` of a workload: `p.metadata` and `p.spec`. */
export function everyPod(clause: Clause<PodTemplate>): Requirement {
  return {
    ...words(clause),
    cel: `variables.pods.all(p, ${clause.cel})`,
    breaches: (subject) => broken(pods(subject.object), clause, subject),
  };
}

/** Of the object itself. */
export function wholeObject(clause: Clause<PolicyObject>): Requirement {
  return {
    ...words(clause),
    cel: clause.cel,
    breaches: (subject) => broken([{ path: "", value: subject.object }], clause, subject),
  };
}

/** @param variable of CEL that holds them */
function ofContainers(variable: "containers" | "declared", clause: ContainerClause): Requirement {
  const { cel, celValue } = clause;
  const shown = celValue === undefined ? "c.name" : `c.name + ' (' + ${celValue} + ')'`;
  return {
    ...words(clause),
    cel: `variables.${variable}.all(c, ${cel})`,
    celBreach: `'container ' + variables.${variable}.filter(c, !(${cel})).map(c, ${shown}).join(', ')`,
    breaches: (subject) =>
      broken(
        pods(subject.object).flatMap((pod) => containersOf(pod, variable === "declared" ? DECLARED : ALL)),
        clause,
        subject,
      ),
  };
}

const words = ({ problem, fix, kinds }: Clause<never>) => ({ problem, fix, ...(kinds && { kinds }) });

function broken<T>(things: readonly Located<T>[], { path, holds }: Clause<T>, subject: Subject) {
  return things
    .filter(({ value }) => !holds(value, subject))
    .map(({ path: at, value }) => ({ path: `${at}${path}`, value: printed(value, path) }));
}

/** What stands at a path such as `spec.volumes` or `metadata.labels["a.b/c"]`. */
function printed(thing: unknown, path: string): string {
  let value = thing;
  for (const [, key, quoted] of path.matchAll(/([^.[\]"]+)|\["([^"]+)"\]/g)) {
    if (value === null || typeof value !== "object") return "(missing)";
    value = (value as Record<string, unknown>)[quoted ?? key ?? ""];
  }
  return value === undefined || value === null ? "(missing)" : JSON.stringify(value);
}
