import type { Fault } from "../base/faults";
import type { CourseParameters } from "./parameters";

/** A Kubernetes object, or a resource of provider `metal` with its type as `kind`. */
export interface PolicyObject {
  /** Group and version; absent for `metal`. */
  readonly apiVersion?: string;
  readonly kind: string;
  readonly metadata?: {
    readonly name?: string;
    readonly generateName?: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly ownerReferences?: readonly object[];
  };
  readonly [field: string]: unknown;
}

/** What a rule looks at. */
export interface KindMatch {
  /** API group, "" for the core; `metal` for resources of provider `metal`. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Name in the API server's paths, with a subresource after a slash. */
  readonly resource: string;
}

export type Operation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

/** What is asked of the API server. A preview stands for the site's operator who creates the object. */
export interface PolicyRequest {
  readonly operation: Operation;
  /** User name as Kubernetes has it, such as `system:serviceaccount:course-x:student-ada`. */
  readonly user: string;
  /** Whether that user may change the course's namespace itself. */
  readonly governs: boolean;
}

/** One object that somebody asks for, and what its course allows. */
export interface Subject {
  /** After the request; before it for DELETE; for CONNECT the object that is connected to, by kind and name. */
  readonly object: PolicyObject;
  /** Before the request, for UPDATE. */
  readonly was?: PolicyObject;
  readonly request: PolicyRequest;
  /** Absent where a preview does not know them: what needs them is not judged. */
  readonly course?: CourseParameters;
  /** The ResourceQuota of the course, where it is known. */
  readonly quota?: PolicyObject;
}

/** One clause of a rule, for Pulumi and for the API server. */
export interface Requirement {
  /** What is wrong where it does not hold. */
  readonly problem: string;
  /** What to do. */
  readonly fix: string;
  /** Those of the rule's kinds that it is about. Default: all. */
  readonly kinds?: readonly KindMatch[];
  /** Where it does not hold, and what stands there. */
  breaches(subject: Subject): readonly Breach[];
  /** The same in the Common Expression Language: true where it holds. */
  readonly cel: string;
  /** CEL that names what breaks it, for the message. Default: the object. */
  readonly celBreach?: string;
}

export type Breach = Pick<Fault, "path" | "value">;

/** Objects that show what a rule means. The tests hold the rule to them. */
export interface Example {
  readonly title: string;
  /** One object, or all of a stack. */
  readonly objects: readonly PolicyObject[];
  /** Asked by this user. Default: the site's operator. */
  readonly by?: string;
  /** Default: CREATE. */
  readonly operation?: Operation;
  /** The one object before an UPDATE. */
  readonly was?: PolicyObject;
}

export type Level = "mandatory" | "advisory" | "disabled";

/** An attack or an accident, and where it is described. */
export interface Threat {
  readonly text: string;
  readonly source: string;
  readonly url: string;
}

/** A rule that must hold for what courses declare: data, requirements, and examples. */
export interface Rule {
  /** Name in the pack, and before every message of the API server. */
  readonly name: string;
  /** What it is for, in a sentence. */
  readonly purpose: string;
  readonly level: Exclude<Level, "disabled">;
  readonly stops: Threat;
  readonly kinds: readonly KindMatch[];
  /** Requests that the API server asks about. Default: CREATE and UPDATE. */
  readonly operations?: readonly Operation[];
  /** Only objects in the namespaces of courses. Default true. */
  readonly inCourseNamespaces?: boolean;
  /**
   * An object of the same namespace that the rule goes by: the course's parameters, or its quota. Where there is none,
   * the API server takes no new object.
   */
  readonly goesBy?: "course-policy" | "course-quota";
  readonly requirements: readonly Requirement[];
  /** What is wrong with the objects of a stack together; CEL sees one object at a time. */
  checkStack?(objects: readonly PolicyObject[]): readonly StackFault[];
  /** What holds at run time what only a preview can see: set where there is no CEL for a part of the rule. */
  readonly previewOnly?: string;
  /** What is filled in where it is left out, at preview and in the API server. */
  readonly remedy?: Remedy;
  /** Pod Security's `restricted` says the same of bare pods: an exception lifts its label too. */
  readonly podSecurity?: true;
  readonly keeps: readonly Example[];
  readonly breaks: readonly Example[];
}

/** A safe default, written once as data. */
export interface Remedy {
  /** What it fills in, in a sentence. */
  readonly text: string;
  readonly kinds: readonly KindMatch[];
  /**
   * The object with it. Pure.
   * @param course What the rule goes by; what needs it is left out where a preview does not know it.
   */
  fill(object: PolicyObject, course?: CourseParameters): PolicyObject;
  /** CEL: whether there is something to fill in. */
  readonly celWanted: string;
  /** JSON patches in CEL (MutatingAdmissionPolicy, `jsonPatch`). */
  readonly celPatch: string;
}

export interface StackFault extends Fault {
  /** The object to show it at. */
  readonly object: PolicyObject;
}

/** A fault as one line: which object, where, what stands there, what is wrong, what to do. */
export function faultMessage(object: PolicyObject, fault: Fault): string {
  return `${object.kind} ${calledName(object)}: ${fault.path} = ${fault.value}: ${fault.problem}; fix: ${fault.fix}`;
}

/** `namespace/name`, or the owner of a resource of `metal`. */
export function calledName(object: PolicyObject): string {
  const { namespace, name, generateName } = object.metadata ?? {};
  const owner = typeof object.owner === "string" ? object.owner : undefined;
  return [namespace, name ?? generateName ?? owner].filter((part) => part !== undefined).join("/");
}

/** Whether the rule looks at such an object. */
export function appliesTo(rule: Rule, object: PolicyObject): boolean {
  // Most objects are of other kinds, and a preview's are slow to read.
  if (!isOneOf(object, rule.kinds)) return false;
  return rule.inCourseNamespaces === false || isCourseNamespace(object.metadata?.namespace);
}

export function isOneOf({ kind, apiVersion }: PolicyObject, kinds: readonly KindMatch[]): boolean {
  // A preview's objects are slow to read: each field is read once.
  return kinds.some((match) => match.kind === kind && isOfVersion(apiVersion, match));
}

export function isKind(object: PolicyObject, kind: KindMatch): boolean {
  return isOneOf(object, [kind]);
}

function isOfVersion(apiVersion: string | undefined, { group, version }: KindMatch): boolean {
  const [objectGroup, objectVersion] = groupAndVersion(apiVersion);
  return objectGroup === group && objectVersion === version;
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
