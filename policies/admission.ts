import { COURSE_LABEL, type Rule, type RuleParameters } from "./rule";
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
 * a binding each. Fail closed.
 */
export function admissionObjects(parameters: RuleParameters): AdmissionObject[] {
  return RULES.flatMap((rule) => (rule.cel ? [policy(rule, rule.cel(parameters)), binding(rule)] : []));
}

const API_VERSION = "admissionregistration.k8s.io/v1";
const nameOf = (rule: Rule) => `lectern-${rule.name}`;

function policy(rule: Rule, requirements: ReturnType<NonNullable<Rule["cel"]>>): AdmissionObject {
  const resources = rule.kinds.map(({ group, version, resource }) => ({
    apiGroups: [group],
    apiVersions: [version],
    operations: ["CREATE", "UPDATE"],
    // A debug container reaches a running pod by a path of its own.
    resources: resource === "pods" ? ["pods", "pods/ephemeralcontainers"] : [resource],
  }));
  return {
    apiVersion: API_VERSION,
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: nameOf(rule) },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: { resourceRules: resources },
      variables: [{ name: "podSpecs", expression: CEL_POD_SPECS }],
      validations: requirements.map(({ expression, message }) => ({
        expression,
        message,
        reason: "Invalid",
      })),
    },
  };
}

function binding(rule: Rule): AdmissionObject {
  return {
    apiVersion: API_VERSION,
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: nameOf(rule) },
    spec: {
      policyName: nameOf(rule),
      validationActions: rule.level === "mandatory" ? ["Deny"] : ["Warn"],
      matchResources: {
        namespaceSelector: { matchExpressions: [{ key: COURSE_LABEL, operator: "Exists" }] },
      },
    },
  };
}
