import { CEL_ACCOUNTS } from "./accounts";
import { PARAMETERS_NAME } from "./parameters";
import { celText } from "./requirement";
import {
  COURSE_LABEL,
  COURSE_NAMESPACE_PREFIX,
  type KindMatch,
  type Operation,
  type Requirement,
  type Rule,
} from "./rule";
import { RULES } from "./rules";
import { QUOTA_NAME } from "./rules/job-within-quota";
import { type Exception, levelOf, NO_SETTINGS, type PolicySettings } from "./settings";
import { CEL_PODS } from "./workloads";

/** A policy of the API server or its binding, `admissionregistration.k8s.io/v1`. */
export interface AdmissionObject {
  readonly apiVersion: "admissionregistration.k8s.io/v1";
  readonly kind: `${"Validating" | "Mutating"}AdmissionPolicy${"" | "Binding"}`;
  readonly metadata: { readonly name: string };
  readonly spec: Record<string, unknown>;
}

/**
 * The rules that the API server can apply itself, for the namespaces that carry the label of a course: a policy and
 * its bindings each, and one more of each for its defaults. Fail closed.
 */
export function admissionObjects(settings: PolicySettings = NO_SETTINGS, rules = RULES): AdmissionObject[] {
  return rules
    .filter((rule) => levelOf(rule, settings) !== "disabled")
    .flatMap((rule) => [
      ...(rule.requirements.length > 0 ? [policy(rule, settings), ...bindings(rule, settings)] : []),
      ...(rule.remedy ? mutation(rule, rule.remedy) : []),
    ]);
}

const API_VERSION = "admissionregistration.k8s.io/v1";
const nameOf = (rule: Rule) => `lectern-${rule.name}`;
const DEFAULT_OPERATIONS: readonly Operation[] = ["CREATE", "UPDATE"];

/** Variables of CEL, in the order in which they go by one another. */
const VARIABLES: Readonly<Record<string, string>> = { pods: CEL_PODS, ...CEL_ACCOUNTS };

function policy(rule: Rule, settings: PolicySettings): AdmissionObject {
  const exceptions = settings.exceptions.filter((e) => e.rule === rule.name);
  return {
    apiVersion: API_VERSION,
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: nameOf(rule) },
    spec: {
      failurePolicy: "Fail",
      ...(rule.goesBy && { paramKind: { apiVersion: "v1", kind: PARAMETER[rule.goesBy].kind } }),
      matchConstraints: { resourceRules: resourceRules(rule.kinds, rule.operations ?? DEFAULT_OPERATIONS) },
      matchConditions: [
        // The garbage collector ends a deletion with an update: denying it would keep the object for ever.
        {
          name: "stays",
          expression: "request.operation != 'UPDATE' || !has(object.metadata.deletionTimestamp)",
        },
        ...exceptions.map((exception, i) => ({
          name: `exception-${i + 1}`,
          expression: celNotExcepted(exception),
        })),
      ],
      variables: variablesFor(rule.requirements),
      validations: rule.requirements.map(validation),
    },
  };
}

/**
 * True where an exception does not hold. The API server has no clock in CEL, but it has stamped what is created: an
 * object that came while the exception held may go on being changed.
 */
function celNotExcepted({ course, lastDay }: Exception): string {
  const namespace = COURSE_NAMESPACE_PREFIX + course;
  return (
    `request.namespace != ${celText(namespace)} || object == null || !has(object.metadata) || ` +
    `!has(object.metadata.creationTimestamp) || string(object.metadata.creationTimestamp).substring(0, 10) > '${lastDay}'`
  );
}

/** A rule looks at several kinds, and asks each for the fields that it has: the type checker need not know them. */
const anyKind = (cel: string) => cel.replace(/(?<![\w.'])(object|oldObject)\./g, "dyn($1).");

function validation(requirement: Requirement) {
  const { problem, fix, cel, celBreach } = requirement;
  const tail = `: ${problem}; fix: ${fix}`;
  return {
    expression: anyKind(cel),
    message: `${problem}; fix: ${fix}`,
    ...(celBreach && {
      messageExpression: `request.kind.kind + ' ' + object.metadata.name + ', ' + ${anyKind(celBreach)} + ${celText(tail)}`,
    }),
    ...(!celBreach && { messageExpression: `request.kind.kind + ' ' + request.name + ${celText(tail)}` }),
    reason: "Invalid",
  };
}

/** Those variables that the expressions go by, and those that these go by. */
function variablesFor(requirements: readonly Requirement[]) {
  const used = new Set<string>();
  const look = (expression: string): void => {
    for (const [, name = ""] of expression.matchAll(/variables\.([a-z]+)/g)) {
      if (used.has(name)) continue;
      used.add(name);
      look(VARIABLES[name] ?? "");
    }
  };
  for (const { cel, celBreach = "" } of requirements) look(cel + celBreach);
  return Object.entries(VARIABLES)
    .filter(([name]) => used.has(name))
    .map(([name, expression]) => ({ name, expression }));
}

const PARAMETER = {
  "course-policy": { kind: "ConfigMap", name: PARAMETERS_NAME },
  "course-quota": { kind: "ResourceQuota", name: QUOTA_NAME },
} as const;

function bindings(rule: Rule, settings: PolicySettings): AdmissionObject[] {
  if (rule.goesBy === undefined) return [binding(rule, settings, nameOf(rule), {})];
  const { name } = PARAMETER[rule.goesBy];
  const operations = rule.operations ?? DEFAULT_OPERATIONS;
  const create = binding(
    rule,
    settings,
    nameOf(rule),
    { paramRef: { name, parameterNotFoundAction: "Deny" } },
    ["CREATE"],
  );
  if (!operations.includes("UPDATE")) return [create];
  // The parameter may be gone when the garbage collector ends what is left, and a namespace must be able to end.
  const update = binding(
    rule,
    settings,
    `${nameOf(rule)}-update`,
    { paramRef: { name, parameterNotFoundAction: "Allow" } },
    ["UPDATE"],
  );
  return [create, update];
}

/** @param operations Default: all of the policy's. */
function binding(
  rule: Rule,
  settings: PolicySettings,
  name: string,
  spec: object,
  operations?: readonly Operation[],
): AdmissionObject {
  const everywhere = rule.inCourseNamespaces === false;
  const matchResources = {
    ...(!everywhere && IN_COURSES),
    ...(operations && { resourceRules: resourceRules(rule.kinds, operations) }),
  };
  return {
    apiVersion: API_VERSION,
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name },
    spec: {
      policyName: nameOf(rule),
      ...spec,
      // What is audited is what teachers can list (`lectern policy denials`).
      validationActions: [levelOf(rule, settings) === "mandatory" ? "Deny" : "Warn", "Audit"],
      ...(Object.keys(matchResources).length > 0 && { matchResources }),
    },
  };
}

const IN_COURSES = { namespaceSelector: { matchExpressions: [{ key: COURSE_LABEL, operator: "Exists" }] } };

/** The safe default of a rule: filled in before anything is judged. */
function mutation(rule: Rule, { kinds, celPatch }: NonNullable<Rule["remedy"]>): AdmissionObject[] {
  const name = `${nameOf(rule)}-default`;
  return [
    {
      apiVersion: API_VERSION,
      kind: "MutatingAdmissionPolicy",
      metadata: { name },
      spec: {
        failurePolicy: "Fail",
        reinvocationPolicy: "IfNeeded",
        matchConstraints: { resourceRules: resourceRules(kinds, ["CREATE"]) },
        mutations: [{ patchType: "JSONPatch", jsonPatch: { expression: celPatch } }],
      },
    },
    {
      apiVersion: API_VERSION,
      kind: "MutatingAdmissionPolicyBinding",
      metadata: { name },
      spec: { policyName: name, matchResources: IN_COURSES },
    },
  ];
}

/** Paths by which a running pod is changed beside its own. */
const POD_PATHS = ["pods/ephemeralcontainers", "pods/resize"];

function resourceRules(kinds: readonly KindMatch[], operations: readonly Operation[]) {
  return kinds.map(({ group, version, resource }) => {
    const connects = resource.includes("/");
    return {
      apiGroups: [group],
      apiVersions: [version],
      operations: connects ? ["CONNECT"] : operations.filter((operation) => operation !== "CONNECT"),
      resources: resource === "pods" && operations.includes("UPDATE") ? [resource, ...POD_PATHS] : [resource],
    };
  });
}
