import type { Fault } from "../base/faults";

/** A Kubernetes object, or a resource of provider `metal` with its type as `kind`. */
export interface PolicyObject {
  /** Group and version; absent for `metal`. */
  readonly apiVersion?: string;
  readonly kind: string;
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** What differs between sites. */
export interface RuleParameters {
  /** The site's registry, `host:port`. Without it, an image may come from anywhere. */
  readonly registry?: string;
}

/** What a rule looks at. */
export interface KindMatch {
  /** API group, "" for the core; `metal` for resources of provider `metal`. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Name in the API server's paths, for rules that it applies itself. */
  readonly resource: string;
}

/** One requirement in the Common Expression Language, as ValidatingAdmissionPolicy takes it. */
export interface CelRequirement {
  readonly expression: string;
  /** What is wrong and what to do; stands in where `messageExpression` cannot be evaluated. */
  readonly message: string;
  /** CEL that gives the message with what is in the object. */
  readonly messageExpression?: string;
}

/** Objects that show what a rule means. The tests hold the rule to them. */
export interface Example {
  readonly title: string;
  /** One object, or all of a stack. */
  readonly objects: readonly PolicyObject[];
}

/** A rule that must hold for what courses declare: data, a predicate, and its examples. */
export interface Rule {
  /** Name in the pack and, after `lectern-`, in the API server. */
  readonly name: string;
  /** What it is for, in a sentence. */
  readonly purpose: string;
  readonly level: "mandatory" | "advisory";
  readonly kinds: readonly KindMatch[];
  /**
   * An object of the same namespace, by name, that the rule goes by. `checkStack` gets it too, `cel` has it as
   * `params`. Where there is none, the API server takes no new object.
   */
  readonly parameter?: KindMatch & { readonly name: string };
  /** Only objects in the namespaces of courses. */
  readonly inCourseNamespaces: boolean;
  /** What is wrong with one object by itself. Paths start at the object. */
  checkObject?(object: PolicyObject, parameters: RuleParameters): readonly Fault[];
  /** What is wrong with the objects of a stack together. Only those of `kinds` and `parameter` are passed. */
  checkStack?(objects: readonly PolicyObject[], parameters: RuleParameters): readonly StackFault[];
  /** The rule for the API server; all must be true. `variables.podSpecs` holds the pod specifications. */
  cel?(parameters: RuleParameters): readonly CelRequirement[];
  readonly keeps: readonly Example[];
  readonly breaks: readonly Example[];
}

export interface StackFault extends Fault {
  /** The object to show it at. */
  readonly object: PolicyObject;
}

/** A fault as one line: which object, where, what stands there, what is wrong, what to do. */
export function faultMessage(object: PolicyObject, fault: Fault): string {
  const { namespace, name } = object.metadata ?? {};
  const owner = typeof object.owner === "string" ? object.owner : undefined;
  const called = [namespace, name ?? owner].filter((part) => part !== undefined).join("/");
  return `${object.kind} ${called}: ${fault.path} = ${fault.value}: ${fault.problem}; fix: ${fault.fix}`;
}

/** Whether the rule looks at such an object. */
export function appliesTo(rule: Rule, object: PolicyObject): boolean {
  const [group, version] = groupAndVersion(object.apiVersion);
  const kinds = rule.parameter ? [...rule.kinds, rule.parameter] : rule.kinds;
  const kind = kinds.some((k) => k.group === group && k.kind === object.kind && k.version === version);
  return kind && (!rule.inCourseNamespaces || isCourseNamespace(object.metadata?.namespace));
}

function groupAndVersion(apiVersion: string | undefined): readonly [string, string] {
  if (apiVersion === undefined) return ["metal", "index"];
  const [first = "", second] = apiVersion.split("/");
  return second === undefined ? ["", first] : [first, second];
}

/** Names of the namespaces of courses start so; the API server goes by {@link COURSE_LABEL}. */
export const COURSE_NAMESPACE_PREFIX = "course-";
/** Label on namespaces, queues and everything else of a course; its value is the course's name. */
export const COURSE_LABEL = "lectern.dev/course";

export function isCourseNamespace(name: string | undefined): boolean {
  return name?.startsWith(COURSE_NAMESPACE_PREFIX) ?? false;
}
