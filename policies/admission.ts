import { COURSE_LABEL, type KindMatch, type Rule, type RuleParameters } from "./rule";
import { RULES } from "./rules";
import { CEL_POD_SPECS } from "./workloads";

/** A ValidatingAdmissionPolicy or its binding, `admissionregistration.k8s.io/v1`. */
export interface AdmissionObject {
  readonly apiVersion: "admissionregistration.k8s.io/v1";
  readonly kind: "ValidatingAdmissionPolicy" | "ValidatingAdmissionPolicyBinding";
  readonly metadata: { readonly name: string };
  readonly spec: Record<string, unknown>;
}

/**
 * The rules that the API server can apply itself, for the namespaces that carry the label of a course: a policy and
 * its bindings each. Fail closed.
 */
export function admissionObjects(parameters: RuleParameters): AdmissionObject[] {
  return RULES.flatMap((rule) => (rule.cel ? [policy(rule, rule.cel(parameters)), ...bindings(rule)] : []));
}

type Operation = "CREATE" | "UPDATE";

const API_VERSION = "admissionregistration.k8s.io/v1";
const nameOf = (rule: Rule) => `lectern-${rule.name}`;

function policy(rule: Rule, requirements: ReturnType<NonNullable<Rule["cel"]>>): AdmissionObject {
  return {
    apiVersion: API_VERSION,
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: nameOf(rule) },
    spec: {
      failurePolicy: "Fail",
      ...(rule.parameter && { paramKind: paramKind(rule.parameter) }),
      matchConstraints: { resourceRules: resourceRules(rule, ["CREATE", "UPDATE"]) },
      variables: [{ name: "podSpecs", expression: CEL_POD_SPECS }],
      validations: requirements.map((requirement) => ({ ...requirement, reason: "Invalid" })),
    },
  };
}

function bindings(rule: Rule): AdmissionObject[] {
  const { parameter } = rule;
  if (parameter === undefined) return [binding(rule, nameOf(rule), {})];
  const name = parameter.name;
  // The garbage collector ends a deletion with an update, and the parameter may be gone by then: denying it would
  // keep the object, and its namespace, for ever.
  return [
    binding(rule, nameOf(rule), { paramRef: { name, parameterNotFoundAction: "Deny" } }, ["CREATE"]),
    binding(rule, `${nameOf(rule)}-update`, { paramRef: { name, parameterNotFoundAction: "Allow" } }, [
      "UPDATE",
    ]),
  ];
}

/** @param operations Default: all of the policy's. */
function binding(rule: Rule, name: string, spec: object, operations?: readonly Operation[]): AdmissionObject {
  return {
    apiVersion: API_VERSION,
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name },
    spec: {
      policyName: nameOf(rule),
      ...spec,
      validationActions: rule.level === "mandatory" ? ["Deny"] : ["Warn"],
      matchResources: {
        namespaceSelector: { matchExpressions: [{ key: COURSE_LABEL, operator: "Exists" }] },
        ...(operations && { resourceRules: resourceRules(rule, operations) }),
      },
    },
  };
}

function resourceRules(rule: Rule, operations: readonly Operation[]) {
  return rule.kinds.map(({ group, version, resource }) => ({
    apiGroups: [group],
    apiVersions: [version],
    operations,
    // A debug container reaches a running pod by a path of its own.
    resources: resource === "pods" ? ["pods", "pods/ephemeralcontainers"] : [resource],
  }));
}

function paramKind({ group, version, kind }: KindMatch) {
  return { apiVersion: group === "" ? version : `${group}/${version}`, kind };
}
