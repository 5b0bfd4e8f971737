import type { Fault } from "../base/faults";
import { type CourseParameters, parametersOf } from "./parameters";
import {
  appliesTo,
  type Example,
  isOneOf,
  type PolicyObject,
  type PolicyRequest,
  type Requirement,
  type Rule,
  type Subject,
} from "./rule";
import { QUOTA_NAME } from "./rules/job-within-quota";
import { type Exception, isExcepted } from "./settings";

/** One clause of a rule that an object breaks. */
export interface Violation {
  readonly rule: Rule;
  /** Absent where the rule is broken by objects together. */
  readonly requirement?: Requirement;
  readonly object: PolicyObject;
  readonly fault: Fault;
}

/** What surrounds the objects that are judged. */
export interface Circumstances {
  /** Parameters of courses whose ConfigMap is not among the objects. */
  readonly course?: CourseParameters | undefined;
  readonly request?: PolicyRequest;
  readonly was?: PolicyObject;
  /** Exceptions of the site, and the day on which they are looked at, `2026-10-01`. */
  readonly exceptions?: readonly Exception[];
  readonly today?: string;
}

/** The site's operator who declares objects. */
const OPERATOR: PolicyRequest = { operation: "CREATE", user: "operator", governs: true };

/** What a rule finds wrong with the objects of a stack: each by itself, then all together. */
export function judge(
  rule: Rule,
  objects: readonly PolicyObject[],
  circumstances: Circumstances = {},
): Violation[] {
  const { request = OPERATOR, exceptions = [], today = "", was } = circumstances;
  const seen = objects.filter(
    (object) =>
      appliesTo(rule, object) && (rule.operations ?? ["CREATE", "UPDATE"]).includes(request.operation),
  );
  const single = seen.flatMap((object) => {
    const namespace = object.metadata?.namespace;
    const course = parametersOf(objects, namespace) ?? circumstances.course;
    const quota = quotaOf(objects, namespace);
    const subject: Subject = {
      object,
      request,
      ...(was && { was }),
      ...(course && { course }),
      ...(quota && { quota }),
    };
    const asked = rule.requirements.filter(({ kinds = rule.kinds }) => isOneOf(object, kinds));
    return asked.flatMap((requirement) =>
      requirement.breaches(subject).map((breach) => {
        const fault = { ...breach, problem: requirement.problem, fix: requirement.fix };
        return { rule, requirement, object, fault };
      }),
    );
  });
  const together = (rule.checkStack?.(seen) ?? []).map((fault) => ({ rule, object: fault.object, fault }));
  return [...single, ...together].filter(({ object }) => !isExcepted(exceptions, rule.name, object, today));
}

/** Whether the rule must see all objects of a stack at once. */
export function needsStack(rule: Rule): boolean {
  return rule.goesBy !== undefined || rule.checkStack !== undefined;
}

/** The object with the defaults of all rules filled in, as the API server would store it. */
export function remedied(
  rules: readonly Rule[],
  object: PolicyObject,
  course?: CourseParameters,
): PolicyObject {
  return rules.reduce(
    (filled, { remedy }) => (remedy && isOneOf(filled, remedy.kinds) ? remedy.fill(filled, course) : filled),
    object,
  );
}

/** The objects of an example as they are judged: new ones with the defaults. */
export function judgedObjects(rules: readonly Rule[], example: Example, course?: CourseParameters) {
  const { operation = "CREATE", objects } = example;
  return operation === "CREATE" ? objects.map((object) => remedied(rules, object, course)) : objects;
}

/** The request that an example stands for. */
export function requestOf({ by, operation = "CREATE" }: Example): PolicyRequest {
  return { operation, user: by ?? OPERATOR.user, governs: by === undefined };
}

function quotaOf(objects: readonly PolicyObject[], namespace: string | undefined): PolicyObject | undefined {
  return objects.find(
    ({ kind, metadata }) =>
      kind === "ResourceQuota" && metadata?.name === QUOTA_NAME && metadata.namespace === namespace,
  );
}
