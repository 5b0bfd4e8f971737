import type { KindMatch, Level, Operation, Requirement, Rule } from "./rule";
import { RULES } from "./rules";
import { type Exception, levelOf, NO_SETTINGS, type PolicySettings } from "./settings";
import { VOLCANO_JOB, WORKLOADS } from "./workloads";

/** Requirements that the API server judges together: of the same kinds and requests, by the same parameter, as strictly. */
export interface AdmissionGroup {
  /** Of the policy, without a prefix. */
  readonly name: string;
  readonly kinds: readonly KindMatch[];
  readonly operations: readonly Operation[];
  readonly goesBy: Rule["goesBy"];
  readonly inCourseNamespaces: boolean;
  readonly level: Exclude<Level, "disabled">;
  readonly exceptions: readonly Exception[];
  readonly requirements: readonly GroupedRequirement[];
}

export interface GroupedRequirement {
  readonly rule: Rule;
  readonly requirement: Requirement;
}

/** By what the API server hands over: an object that is to be, one that ends, a connection. */
const SORTS: readonly (readonly Operation[])[] = [["CREATE", "UPDATE"], ["DELETE"], ["CONNECT"]];
const DEFAULT_OPERATIONS: readonly Operation[] = ["CREATE", "UPDATE"];

/**
 * What the API server is to judge, in as few policies as can be: each costs every request that it matches. Whatever
 * makes pods is judged by one policy for each parameter, as long as no rule has a level or an exception of its own.
 */
export function admissionGroups(settings: PolicySettings = NO_SETTINGS, rules = RULES): AdmissionGroup[] {
  const groups = new Map<string, Omit<AdmissionGroup, "name">>();
  for (const rule of rules) {
    const level = levelOf(rule, settings);
    if (level === "disabled") continue;
    const common = {
      goesBy: rule.goesBy,
      inCourseNamespaces: rule.inCourseNamespaces ?? true,
      level,
      exceptions: settings.exceptions.filter((exception) => exception.rule === rule.name),
    };
    for (const requirement of rule.requirements) {
      for (const { kinds, operations } of matches(rule, requirement)) {
        const key = JSON.stringify([kinds, operations, common]);
        const { requirements = [] } = groups.get(key) ?? {};
        groups.set(key, {
          ...common,
          kinds,
          operations,
          requirements: [...requirements, { rule, requirement }],
        });
      }
    }
  }
  return named([...groups.values()]);
}

/** Kinds that most requirements are about are judged by themselves, where a requirement is about all of a set. */
const SETS: readonly (readonly KindMatch[])[] = [WORKLOADS, [VOLCANO_JOB]];

/** Kinds and requests of a requirement, in the parts that groups are made of. */
function matches(rule: Rule, { kinds = rule.kinds }: Requirement) {
  const sets: (readonly KindMatch[])[] = [];
  let rest = kinds;
  for (const set of SETS) {
    if (!set.every((kind) => rest.includes(kind))) continue;
    sets.push(set);
    rest = rest.filter((kind) => !set.includes(kind));
  }
  const operations = rule.operations ?? DEFAULT_OPERATIONS;
  return [...sets, rest].flatMap((some) =>
    SORTS.map((sort) => ({
      kinds: some.filter((kind) => isConnection(kind) === sort.includes("CONNECT")),
      operations: sort.filter((operation) => operations.includes(operation)),
    })).filter((match) => match.kinds.length > 0 && match.operations.length > 0),
  );
}

/** Ways into an object are subresources, and connected to. */
const isConnection = ({ resource }: KindMatch) => resource.includes("/");

type Unnamed = Omit<AdmissionGroup, "name">;

/** A group of one rule is called after it, others after what they look at; where that is not enough, after both. */
function named(groups: readonly Unnamed[]): AdmissionGroup[] {
  const short = groups.map((group) => nameOf(group, ruleOf(group) ?? subjectOf(group)));
  return groups.map((group, i) => {
    const isTaken = short.some((name, j) => j !== i && name === short[i]);
    const long = nameOf(group, ruleOf(group) ?? "", subjectOf(group));
    return { ...group, name: isTaken ? long : (short[i] ?? long) };
  });
}

function nameOf({ operations, goesBy, level, exceptions }: Unnamed, ...subject: readonly string[]): string {
  return [
    ...subject,
    ...(goesBy ? ["by", goesBy] : []),
    ...(operations.includes("CREATE")
      ? []
      : ["on", ...operations.map((operation) => operation.toLowerCase())]),
    ...(level === "mandatory" ? [] : [level]),
    ...(exceptions.length === 0 ? [] : ["excepted"]),
  ].join("-");
}

/** The only rule of a group. */
function ruleOf({ requirements }: Unnamed): string | undefined {
  const [first, ...others] = new Set(requirements.map(({ rule }) => rule.name));
  return others.length === 0 ? first : undefined;
}

function subjectOf({ kinds }: Unnamed): string {
  if (WORKLOADS.every((kind) => kinds.includes(kind))) return "workloads";
  const noun = ({ group, resource }: KindMatch) =>
    `${group.endsWith("volcano.sh") ? "volcano-" : ""}${resource.replace("/", "-")}`;
  return kinds.map(noun).join("-");
}
